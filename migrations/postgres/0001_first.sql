-- The same tables as SQLite's, in PostgreSQL's own types; what they mean is said there.

create table request (
    request_id bigint      primary key,
    version    bigint      not null,
    requester  text        not null,
    is_open    boolean     not null,
    updated_at timestamptz not null,
    document   text        not null           -- not jsonb, which cannot hold every string that people can type
);

create index request_open on request (request_id) where is_open = true;
create index request_by_requester on request (requester, is_open, request_id);
create index request_by_update on request (updated_at);

create table waiting (
    user_id    text   not null,
    request_id bigint not null references request (request_id),
    lane       text   not null,
    primary key (user_id, request_id, lane)
);

create index waiting_by_request on waiting (request_id);

create table event (
    event_id   bigint generated always as identity primary key,
    request_id bigint      not null,
    at         timestamptz not null,
    actor      text        not null,
    surface    text        not null,
    policy_id  text        not null,
    body       text        not null,
    hash       text        not null
);

create index event_by_request on event (request_id);

create function event_is_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'the audit trail is append-only';
end
$$;

create trigger event_is_append_only before update or delete on event
    for each row execute function event_is_append_only();
create trigger event_is_never_emptied before truncate on event
    for each statement execute function event_is_append_only();

create table outbox (
    outbox_id  bigint generated always as identity primary key,
    task       text        not null,
    topic      text        not null,
    once_key   text,
    is_timer   boolean     not null,
    request_id bigint,
    state      text        not null check (state in ('queued', 'in_doubt', 'dead', 'done')),
    due_at     timestamptz not null,
    attempts   bigint      not null,
    unsure_since timestamptz,
    sent_ts    text,
    last_error text,
    created_at timestamptz not null
);

create index outbox_due on outbox (is_timer, due_at, outbox_id) where state = 'queued';
create index outbox_topic on outbox (topic, outbox_id) where state in ('queued', 'in_doubt');
create unique index outbox_once on outbox (once_key) where once_key is not null;

create table card (
    topic       text        primary key,
    channel     text        not null,
    ts          text        not null,
    fingerprint text        not null,
    updated_at  timestamptz not null
);

create table inbox (
    inbox_key   text        primary key,
    received_at timestamptz not null,
    request_id  bigint
);

create index inbox_by_age on inbox (received_at);

create table digest (
    digest_on text        primary key,
    posted_at timestamptz not null
);
