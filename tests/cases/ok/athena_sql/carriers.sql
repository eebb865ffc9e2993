SELECT DISTINCT carrier FROM lake.flights
