SELECT id, late FROM public.flights WHERE late IS NOT NULL
