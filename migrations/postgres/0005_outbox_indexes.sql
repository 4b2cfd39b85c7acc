-- What an operator must look at, as SQLite's. (Its index on topics is for SQLite alone: this planner uses the one
-- that there is.)
create index outbox_stuck on outbox (state, outbox_id) where state = 'in_doubt' or state = 'dead';
