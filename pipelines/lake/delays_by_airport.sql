UNLOAD (
    SELECT flight_date, dest, COUNT(*) AS flights, AVG(arr_delay) AS mean_arr_delay
    FROM lake.flights
    GROUP BY flight_date, dest
)
TO 's3://{{ env.bucket }}/exchange/delays_by_airport/'
WITH (format = 'PARQUET')
