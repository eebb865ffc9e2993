/* both or neither */
DELETE FROM public.flights WHERE carrier = 'it''s; not a carrier';
INSERT INTO public.log SELECT '{{ run_key }}', '{{ dag_run.run_id }}', GETDATE();
