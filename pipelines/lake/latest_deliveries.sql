-- A flight may be in the files of two days: as it was delivered, and corrected a day later.
SELECT
    flight_date,
    carrier,
    flight,
    origin,
    dest,
    sched_dep_time,
    MAX(arr_delay) AS arr_delay,
    date_format(flight_date, '%Y-%m') AS flight_month
FROM lake.flights_raw
GROUP BY flight_date, carrier, flight, origin, dest, sched_dep_time
