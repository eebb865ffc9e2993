SELECT flight_date, COUNT(*) AS flights
FROM public.flights
WHERE flight_date BETWEEN '{{ macros.ds_add(run_date, -1) }}' AND '{{ run_date }}'
GROUP BY flight_date
