SELECT flight, carrier, flight_date, arr_delay, arr_delay > {{ params.minutes_late }} AS late
FROM public.flights
WHERE flight_date < '{{ run_date }}'
