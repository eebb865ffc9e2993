DELETE FROM public.{{ item }} WHERE flight_date < '{{ run_date }}';
DELETE FROM public.{{ item }} WHERE carrier = '{{ params.carrier }}';
