-- What lists are made of, so that none reads more documents than it shows (R24, R26).

-- Where a request stands: wide, objected, waiting, clear, answered, published, withdrawn. Rewritten with each
-- save, by the domain's Stage; what is here before is filled below.
alter table request add column stage text not null default 'waiting';
-- Since when its gate stands as it stands, or when it ended.
alter table request add column stage_since integer not null default 0;
-- The soonest deadline of a lane that waits; null when silence opens nothing.
alter table request add column lapses_at integer;

update request set
    stage = case
        when json_extract(document, '$.end.how') is not null then json_extract(document, '$.end.how')
        when json_extract(document, '$.gated') and json_extract(document, '$.wide_impact') is not null
            and exists (select 1 from json_each(document, '$.lanes') as lane
                where json_extract(lane.value, '$.standing.is') in ('pending', 'changes_requested')) then 'wide'
        when exists (select 1 from json_each(document, '$.lanes') as lane
                where json_extract(lane.value, '$.standing.is') = 'changes_requested'
                   or json_extract(lane.value, '$.standing.objection') is not null) then 'objected'
        when exists (select 1 from json_each(document, '$.lanes') as lane
                where json_extract(lane.value, '$.standing.is') = 'pending') then 'waiting'
        when json_extract(document, '$.gated') then 'clear'
        else 'answered'
    end,
    stage_since = unixepoch(coalesce(json_extract(document, '$.end.at'), json_extract(document, '$.gate_since')))
        * 1000000,
    lapses_at = case
        when is_open and json_extract(document, '$.gated') and json_extract(document, '$.wide_impact') is null then
            (select min(unixepoch(json_extract(lane.value, '$.clock.deadline'))) * 1000000
             from json_each(document, '$.lanes') as lane
             where json_extract(lane.value, '$.standing.is') = 'pending')
    end;

create index request_by_stage on request (stage, request_id, lapses_at);
create index request_by_news on request (stage, stage_since, request_id);
create index request_by_lapse on request (lapses_at, request_id) where lapses_at is not null;
-- In place of the partial index: it serves both ways to write the condition.
drop index request_open;
create index request_by_openness on request (is_open, request_id);

-- What happened in a period: the figures of the week, and of `signoff report`.
create index event_by_time on event (at, request_id);

-- Who has opened the App Home, so that only theirs is kept up to date (R26).
create table home (
    user_id     text    primary key,
    opened_at   integer not null,
    pages       text    not null,         -- how far each long list is turned
    fingerprint text                      -- of what was published last; null: publish it in any case
) strict, without rowid;

create index home_by_opening on home (opened_at);
