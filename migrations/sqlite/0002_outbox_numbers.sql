-- A task's number is part of its message's identity in Slack and of a claim's: it must never be given twice.
-- SQLite gives the highest number again once its row is deleted, unless it is told not to: a notice was then taken
-- for the one before it, which was found in its place and never sent. (PostgreSQL's identity columns never do.)
create table numbered (
    outbox_id  integer primary key autoincrement,
    task       text    not null,
    topic      text    not null,
    once_key   text,
    is_timer   integer not null,
    request_id integer,
    state      text    not null check (state in ('queued', 'in_doubt', 'dead', 'done')),
    due_at     integer not null,
    attempts   integer not null,
    unsure_since integer,
    sent_ts    text,
    last_error text,
    created_at integer not null
) strict;

insert into numbered select * from outbox;
drop table outbox;
alter table numbered rename to outbox;

create index outbox_due on outbox (is_timer, due_at, outbox_id) where state = 'queued';
create index outbox_topic on outbox (topic, outbox_id) where state in ('queued', 'in_doubt');
create unique index outbox_once on outbox (once_key) where once_key is not null;
