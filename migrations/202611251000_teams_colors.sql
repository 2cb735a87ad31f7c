-- Teams have the colours that screens know. Not checked on what is there already.

alter table team add constraint team_color_known
    check (color in ('blue', 'green', 'amber', 'red', 'violet', 'teal', 'orange', 'pink', 'gray')) not valid;
