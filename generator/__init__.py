"""Declarative YAML pipelines for Apache Airflow on Amazon Redshift and Athena."""
