-- A message whose file is being handed to the provider: if its dispatcher dies then, the message itself certainly did not go out.
alter table message add column uploading boolean not null default false;
