{{ config(enabled=var('rare', false)) }} select 1 as id
