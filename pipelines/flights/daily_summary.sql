SELECT
    flight_date,
    carrier,
    origin,
    COUNT(*) AS flights,
    COUNT(dep_time) AS departed,
    CAST(AVG(CAST(arr_delay AS DECIMAL(9, 2))) AS DECIMAL(9, 2)) AS mean_arr_delay
FROM public.flights
WHERE flight_date BETWEEN '{{ macros.ds_add(run_date, -1) }}' AND '{{ run_date }}'
GROUP BY flight_date, carrier, origin
