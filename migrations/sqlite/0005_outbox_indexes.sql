-- SQLite uses a partial index only where a query repeats its condition, or one of its `or`s: it does not see that a
-- queued task is one of ('queued', 'in_doubt'), and read the whole outbox to find the tasks of one topic.
drop index outbox_topic;
create index outbox_topic on outbox (topic, outbox_id);

-- What an operator must look at: few rows, however many are queued.
create index outbox_stuck on outbox (state, outbox_id) where state = 'in_doubt' or state = 'dead';
