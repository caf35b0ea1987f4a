-- What our loaders note about the catalogue they make: exactly one row, so that it can never be contradictory.
CREATE TABLE IF NOT EXISTS lidarrmetadata.catalogue (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    kind text NOT NULL CHECK (kind IN ('sample', 'mirror')),
    state text NOT NULL CHECK (state IN ('loading', 'complete')),
    note text NOT NULL,
    updated timestamp with time zone NOT NULL
)
