-- No list is in the order of the last change any more: every save wrote this index, and nothing read it.
drop index request_by_update;
