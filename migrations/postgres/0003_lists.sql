-- As SQLite's: what lists are made of. What was filed before is filled from its document, which is read as json
-- because jsonb cannot hold every string that people can type.

alter table request add column stage text not null default 'waiting';
alter table request add column stage_since timestamptz not null default to_timestamp(0);
alter table request add column lapses_at timestamptz;

update request set
    stage = case
        when document::json #>> '{end,how}' is not null then document::json #>> '{end,how}'
        when (document::json ->> 'gated')::boolean and document::json ->> 'wide_impact' is not null
            and exists (select 1 from json_array_elements(document::json -> 'lanes') as lane
                where lane #>> '{standing,is}' in ('pending', 'changes_requested')) then 'wide'
        when exists (select 1 from json_array_elements(document::json -> 'lanes') as lane
                where lane #>> '{standing,is}' = 'changes_requested'
                   or lane #>> '{standing,objection,by}' is not null) then 'objected'
        when exists (select 1 from json_array_elements(document::json -> 'lanes') as lane
                where lane #>> '{standing,is}' = 'pending') then 'waiting'
        when (document::json ->> 'gated')::boolean then 'clear'
        else 'answered'
    end,
    stage_since = coalesce(document::json #>> '{end,at}', document::json ->> 'gate_since')::timestamptz,
    lapses_at = case
        when is_open and (document::json ->> 'gated')::boolean and document::json ->> 'wide_impact' is null then
            (select min((lane #>> '{clock,deadline}')::timestamptz)
             from json_array_elements(document::json -> 'lanes') as lane
             where lane #>> '{standing,is}' = 'pending')
    end;

create index request_by_stage on request (stage, request_id, lapses_at);
create index request_by_news on request (stage, stage_since, request_id);
create index request_by_lapse on request (lapses_at, request_id) where lapses_at is not null;
drop index request_open;
create index request_by_openness on request (is_open, request_id);

create index event_by_time on event (at, request_id);

create table home (
    user_id     text        primary key,
    opened_at   timestamptz not null,
    pages       text        not null,
    fingerprint text
);

create index home_by_opening on home (opened_at);
