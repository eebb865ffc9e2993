-- Flights by day.
DELETE FROM public.flights_daily
WHERE flight_date = '{{ run_date }}';

INSERT INTO public.flights_daily (flight_date, flights)
SELECT flight_date, COUNT(*
FROM public.flights
WHERE flight_date = '{{ run_date }}'
GROUP BY flight_date;
