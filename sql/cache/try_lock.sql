-- Takes a lock that lasts until it is given back or the session ends, unless somebody has it.
-- $1 bigint  a number that means this to all our processes
-- One row: whether it was taken.
SELECT pg_try_advisory_lock($1::bigint)
