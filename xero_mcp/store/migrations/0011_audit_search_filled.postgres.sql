-- No database of this kind is older than the columns that the step fills.
SELECT 1;
