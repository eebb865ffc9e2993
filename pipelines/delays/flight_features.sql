-- What is known of a flight before it leaves, and whether it was late. Training and prediction read the same view,
-- so that a model meets the columns that it was trained on.
CREATE OR REPLACE VIEW public.flight_features AS
SELECT
  flights.flight_date,
  flights.carrier,
  flights.flight,
  flights.origin,
  flights.sched_dep_time,
  flights.dest,
  flights.distance,
  planes.year AS built,
  planes.seats,
  weather.temp,
  weather.wind_speed,
  weather.precip,
  weather.pressure,
  weather.visib,
  flights.arr_delay > 15 AS late      -- NULL while it is in the air, and where it was cancelled
FROM public.flights
LEFT JOIN public.planes ON planes.tailnum = flights.tailnum
LEFT JOIN public.weather
  ON weather.origin = flights.origin
  AND weather.time_hour = CONVERT_TIMEZONE(
    'America/New_York', 'UTC', DATEADD(hour, flights.sched_dep_time / 100, flights.flight_date)
  )
