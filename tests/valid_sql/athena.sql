-- Statements that Athena runs and that must pass without a word; a line with a semicolon alone ends each.
SELECT 1
;
SELECT carrier, count(*) AS flights, avg(arr_delay) FROM lake.flights WHERE flight_date = DATE '2013-01-31' GROUP BY carrier ORDER BY 2 DESC LIMIT 10
;
WITH a AS (SELECT * FROM lake.flights), b (x) AS (SELECT carrier FROM a) SELECT DISTINCT x FROM b
;
SELECT carrier FROM lake.flights OFFSET 5 LIMIT 10
;
SELECT carrier FROM lake.flights FETCH FIRST 5 ROWS ONLY
;
SELECT "$path", "$file_size" FROM lake.flights
;
SELECT * FROM "lake"."flights$partitions"
;
SELECT * FROM "awsdatacatalog"."lake"."flights"
;
SELECT t.x, e FROM lake.t CROSS JOIN UNNEST(items) AS u (e)
;
SELECT n, a FROM lake.t CROSS JOIN UNNEST(a, b) WITH ORDINALITY AS u (a, b, n)
;
SELECT a.b.c, a['k'], arr[1], m['x'] FROM lake.t
;
SELECT transform(arr, x -> x + 1), filter(arr, x -> x > 1), reduce(arr, 0, (s, x) -> s + x, s -> s), map_agg(k, v), array_agg(x ORDER BY y) FROM lake.t
;
SELECT cast(a AS varchar), try_cast(b AS integer), cast(row(1, 'x') AS row(a integer, b varchar)), cast(x AS map(varchar, array(integer))) FROM lake.t
;
SELECT date_diff('day', a, b), date_add('month', 1, a), date_trunc('month', a), date_parse(s, '%Y-%m-%d'), date_format(d, '%Y'), from_iso8601_date(s), from_unixtime(1), current_date - interval '1' day, at_timezone(ts, 'UTC'), ts AT TIME ZONE 'UTC' FROM lake.t
;
SELECT json_extract_scalar(j, '$.a.b'), json_extract(j, '$.x'), json_parse(s), json_value(j, 'lax $.a'), json_query(j, 'lax $.a'), json_exists(j, 'lax $.a') FROM lake.t
;
SELECT approx_distinct(a), approx_percentile(a, 0.5), approx_percentile(a, ARRAY[0.1, 0.9]), max_by(a, b), count_if(a > 1), histogram(a), arbitrary(a), bool_and(b) FROM lake.t
;
SELECT regexp_like(a, '^x'), regexp_extract(a, '(\d+)', 1), regexp_replace(a, 'x', 'y'), split(a, ','), split_part(a, ',', 1), strpos(a, 'b'), format('%s-%d', a, 1), url_extract_host(u) FROM lake.t
;
SELECT if(a > 1, 'x', 'y'), coalesce(a, b), nullif(a, b), try(a / b), greatest(a, b), CASE a WHEN 1 THEN 'x' ELSE 'y' END FROM lake.t
;
SELECT sum(x) FILTER (WHERE y > 1) OVER (PARTITION BY z ORDER BY d ROWS BETWEEN 6 PRECEDING AND CURRENT ROW), lag(x) IGNORE NULLS OVER w FROM lake.t WINDOW w AS (PARTITION BY z ORDER BY d)
;
SELECT carrier, origin, grouping(carrier) FROM lake.t GROUP BY GROUPING SETS ((carrier, origin), (carrier), ())
;
SELECT carrier FROM lake.t GROUP BY CUBE (carrier, origin), ROLLUP (a)
;
SELECT * FROM lake.a a JOIN lake.b b USING (id) LEFT JOIN lake.c ON c.id = a.id FULL OUTER JOIN lake.d ON true CROSS JOIN lake.e
;
SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS t (n, s)
;
VALUES 1, 2
;
SELECT * FROM lake.t TABLESAMPLE BERNOULLI (10)
;
SELECT a FROM lake.t WHERE a LIKE 'x\_%' ESCAPE '\' AND b IS NOT DISTINCT FROM c AND d IN (SELECT d FROM lake.u)
;
SELECT 'C:\', 'it''s', U&'\00e9', X'65' FROM lake.t
;
SELECT timestamp '2013-01-01 00:00:00 UTC', time '01:02', interval '2' month, decimal '1.1', ARRAY[1, 2], MAP(ARRAY['a'], ARRAY[1]), ROW(1, 2), 1e3
;
SELECT a FROM lake.x UNION ALL SELECT a FROM lake.y INTERSECT SELECT a FROM lake.z EXCEPT SELECT 1
;
SELECT * FROM lake.t FOR TIMESTAMP AS OF (current_timestamp - interval '1' day)
;
SELECT * FROM lake.t FOR VERSION AS OF 123456
;
SELECT * FROM lake.t MATCH_RECOGNIZE (PARTITION BY a ORDER BY b MEASURES A.x AS x ONE ROW PER MATCH PATTERN (A B+) DEFINE B AS B.x > A.x)
;
WITH RECURSIVE r(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT n FROM r
;
INSERT INTO lake.t SELECT a, b FROM lake.u WHERE d = '2013-01-31'
;
INSERT INTO lake.t (a, b) VALUES (1, 'x'), (2, 'y')
;
INSERT INTO "lake"."t" WITH a AS (SELECT 1 AS x) SELECT x FROM a
;
CREATE TABLE lake.t WITH (format = 'PARQUET', external_location = 's3://b/x/', partitioned_by = ARRAY['d'], write_compression = 'SNAPPY', bucketed_by = ARRAY['a'], bucket_count = 4) AS SELECT a, d FROM lake.u
;
CREATE TABLE lake.t WITH (table_type = 'ICEBERG', is_external = false, location = 's3://b/x/', partitioning = ARRAY['month(d)']) AS SELECT a, d FROM lake.u WITH NO DATA
;
CREATE TABLE IF NOT EXISTS lake.t AS SELECT 1 AS a
;
CREATE TABLE lake.ice (a int, b string, d date) PARTITIONED BY (day(d), bucket(16, a)) LOCATION 's3://b/x/' TBLPROPERTIES ('table_type' = 'ICEBERG', 'format' = 'parquet')
;
CREATE EXTERNAL TABLE IF NOT EXISTS lake.t (`a` int COMMENT 'it''s', b string, c array<struct<x:int,y:map<string,int>>>) COMMENT 'x' PARTITIONED BY (d date) ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' ESCAPED BY '\\' LINES TERMINATED BY '\n' NULL DEFINED AS 'NA' STORED AS TEXTFILE LOCATION 's3://b/x/' TBLPROPERTIES ('skip.header.line.count' = '1')
;
CREATE EXTERNAL TABLE lake.t (a int) ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' WITH SERDEPROPERTIES ('ignore.malformed.json' = 'true') STORED AS INPUTFORMAT 'x.y.Z' OUTPUTFORMAT 'a.b.C' LOCATION 's3://b/x/'
;
CREATE EXTERNAL TABLE lake.t (a int) CLUSTERED BY (a) INTO 4 BUCKETS STORED AS PARQUET LOCATION 's3://b/x/' TBLPROPERTIES ('projection.enabled' = 'true', 'projection.d.type' = 'date')
;
CREATE DATABASE IF NOT EXISTS lake COMMENT 'x' LOCATION 's3://b/' WITH DBPROPERTIES ('a' = 'b')
;
CREATE SCHEMA lake
;
CREATE OR REPLACE VIEW lake.v AS SELECT a FROM lake.t
;
CREATE PROTECTED MULTI DIALECT VIEW lake.v SECURITY DEFINER AS SELECT a FROM lake.t
;
DROP TABLE IF EXISTS lake.t
;
DROP TABLE `lake`.`t`
;
DROP VIEW IF EXISTS lake.v
;
DROP DATABASE IF EXISTS lake CASCADE
;
ALTER TABLE lake.t ADD IF NOT EXISTS PARTITION (d = '2013-01-31') LOCATION 's3://b/x/' PARTITION (d = '2013-02-01')
;
ALTER TABLE lake.t DROP IF EXISTS PARTITION (d = '2013-01-31'), PARTITION (d = '2013-02-01')
;
ALTER TABLE lake.t PARTITION (d = '2013-01-31') SET LOCATION 's3://b/y/'
;
ALTER TABLE lake.t PARTITION (d = '2013-01-31') RENAME TO PARTITION (d = '2013-02-01')
;
ALTER TABLE lake.t ADD COLUMNS (x int COMMENT 'y', z string)
;
ALTER TABLE lake.t REPLACE COLUMNS (x int)
;
ALTER TABLE lake.t CHANGE COLUMN a b bigint
;
ALTER TABLE lake.t DROP COLUMN a
;
ALTER TABLE lake.t SET TBLPROPERTIES ('a' = 'b')
;
ALTER TABLE lake.t UNSET TBLPROPERTIES ('a')
;
ALTER DATABASE lake SET DBPROPERTIES ('a' = 'b')
;
ALTER VIEW lake.v DIALECT ADD AS 'select 1'
;
MSCK REPAIR TABLE lake.t
;
SHOW TABLES IN lake 'fl*'
;
SHOW PARTITIONS lake.t
;
SHOW CREATE TABLE lake.t
;
SHOW DATABASES LIKE 'l*'
;
SHOW COLUMNS IN lake.t
;
SHOW TBLPROPERTIES lake.t('a')
;
DESCRIBE EXTENDED lake.t
;
DESCRIBE lake.t PARTITION (d = '2013-01-31')
;
DESC lake.t
;
EXPLAIN (FORMAT JSON) SELECT a FROM lake.t
;
EXPLAIN ANALYZE SELECT a FROM lake.t
;
UNLOAD (SELECT a, d FROM lake.t WHERE d = '2013-01-31') TO 's3://b/x/' WITH (format = 'PARQUET', compression = 'SNAPPY', partitioned_by = ARRAY['d'])
;
PREPARE p FROM SELECT a FROM lake.t WHERE b = ?
;
EXECUTE p USING 1, 'x'
;
DEALLOCATE PREPARE p
;
SELECT a FROM lake.t WHERE b = ? AND c > ?
;
UPDATE lake.ice SET a = 1, b = 'x' WHERE d < DATE '2013-01-31'
;
DELETE FROM lake.ice WHERE d = DATE '2013-01-31'
;
MERGE INTO lake.ice AS t USING (SELECT * FROM lake.s) AS s ON t.id = s.id WHEN MATCHED AND s.deleted THEN DELETE WHEN MATCHED THEN UPDATE SET a = s.a WHEN NOT MATCHED THEN INSERT (id, a) VALUES (s.id, s.a)
;
OPTIMIZE lake.ice REWRITE DATA USING BIN_PACK WHERE d = DATE '2013-01-31'
;
VACUUM lake.ice
;
SELECT a, b AS value, c AS "order" FROM lake.t WHERE year = '2013' AND month = '01' AND day = '31'
;
SELECT extract(year FROM d), year(d), day_of_week(d), to_unixtime(ts), date(s), localtimestamp, current_timestamp(3) FROM lake.t
;
USING EXTERNAL FUNCTION f(x INT) RETURNS INT LAMBDA 'fn' SELECT f(a) FROM lake.t
;
SELECT element_at(m, 'k'), cardinality(a), contains(a, 1), array_join(a, ','), sequence(1, 5), zip(a, b), flatten(x), slice(a, 1, 2), concat_ws(',', a, b) FROM lake.t
;
SELECT a FROM lake.t ORDER BY a DESC NULLS FIRST, b ASC
;
SELECT listagg(a, ',') WITHIN GROUP (ORDER BY a) FROM lake.t
;
SELECT a IS NULL, NOT b, a <> 1, a != 2, a BETWEEN 1 AND 2, -a, a % 2, x || y, (a, b) = (1, 2), EXISTS (SELECT 1 FROM lake.u), a > ALL (SELECT 1) FROM lake.t
;
TABLE lake.t
;
