SELECT * FROM public.flights;
