-- Who said that they are away (R6). One row a person; a passed one means nothing any more.
create table absence (
    user_id  text    primary key,
    back_on  text    not null,            -- the first day on which they are back, in their own calendar
    ends_at  integer not null,            -- when that day begins for them
    delegate text                         -- who stands in before the deputy and the fallback list
) strict, without rowid;
