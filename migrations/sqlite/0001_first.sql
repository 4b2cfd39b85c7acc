-- Times are microseconds since 1970 in UTC: SQLite's own text dates sort wrongly once fractions differ.

-- A request as it stands. The document is the whole truth; the columns beside it exist to be searched.
create table request (
    request_id integer primary key,
    version    integer not null,          -- one more with each save: two writers cannot both win
    requester  text    not null,
    is_open    integer not null,          -- neither withdrawn nor published
    updated_at integer not null,
    document   text    not null           -- the domain's Request as JSON
) strict;

create index request_open on request (request_id) where is_open = 1;
create index request_by_requester on request (requester, is_open, request_id);
create index request_by_update on request (updated_at);

-- On whom open requests wait: rewritten whenever a request is saved, so that "waiting on me" and the
-- morning's reminders need no scan.
create table waiting (
    user_id    text    not null,
    request_id integer not null references request (request_id),
    lane       text    not null,
    primary key (user_id, request_id, lane)
) strict, without rowid;

create index waiting_by_request on waiting (request_id);

-- The audit trail (R31). Each row's hash covers the row and the hash before it.
create table event (
    event_id   integer primary key,
    request_id integer not null,
    at         integer not null,
    actor      text    not null,
    surface    text    not null,          -- where it came from: command, button, form, timer, delivery
    policy_id  text    not null,          -- the configuration in force
    body       text    not null,          -- the domain's Event as JSON
    hash       text    not null
) strict;

create index event_by_request on event (request_id);

create trigger event_is_append_only_update before update on event
begin
    select raise(abort, 'the audit trail is append-only');
end;

create trigger event_is_append_only_delete before delete on event
begin
    select raise(abort, 'the audit trail is append-only');
end;

-- What remains to be done: timers (the database is enough) and calls (Slack is needed).
create table outbox (
    outbox_id  integer primary key,
    task       text    not null,          -- the domain's Task as JSON
    topic      text    not null,          -- tasks of one topic are done one after another
    once_key   text,                      -- such a task is kept at most once, for ever: a day has one digest
    is_timer   integer not null,
    request_id integer,
    state      text    not null check (state in ('queued', 'in_doubt', 'dead', 'done')),
    due_at     integer not null,          -- while somebody works on it: the end of their lease
    attempts   integer not null,          -- how often it was claimed; also the fencing token of the claim
    unsure_since integer,                 -- claimed then, and never said whether Slack has it: look before sending
    sent_ts    text,                      -- an operator found the message in Slack
    last_error text,
    created_at integer not null
) strict;

create index outbox_due on outbox (is_timer, due_at, outbox_id) where state = 'queued';
create index outbox_topic on outbox (topic, outbox_id) where state in ('queued', 'in_doubt');
create unique index outbox_once on outbox (once_key) where once_key is not null;

-- Where a card is in Slack, and what it showed last: an update that would change nothing is not sent.
create table card (
    topic       text    primary key,
    channel     text    not null,
    ts          text    not null,
    fingerprint text    not null,
    updated_at  integer not null
) strict, without rowid;

-- What came in and was acted on (deduplication), with the request it made or touched.
create table inbox (
    inbox_key   text    primary key,
    received_at integer not null,
    request_id  integer
) strict, without rowid;

create index inbox_by_age on inbox (received_at);

-- The digests that were posted; the next one tells what happened since.
create table digest (
    digest_on text    primary key,
    posted_at integer not null
) strict, without rowid;
