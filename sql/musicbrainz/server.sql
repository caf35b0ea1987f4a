-- Which run of which server a connection leads to.
-- No arguments. One row: started (timestamptz; no two servers share it to the microsecond).
SELECT pg_postmaster_start_time() AS started
