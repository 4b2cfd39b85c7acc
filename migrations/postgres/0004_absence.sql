-- As SQLite's: who said that they are away (R6).
create table absence (
    user_id  text        primary key,
    back_on  text        not null,
    ends_at  timestamptz not null,
    delegate text
);
