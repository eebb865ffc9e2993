-- One row per aircraft; the office writes some of them twice.
WITH latest AS (
  SELECT tailnum, seats, ROW_NUMBER() OVER (PARTITION BY tailnum ORDER BY delivered_at DESC) AS place
  FROM staging.planes
)
SELECT tailnum, seats FROM latest WHERE place = 1;
