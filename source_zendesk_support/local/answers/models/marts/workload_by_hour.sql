-- What each agent wrote, by the hour (UTC).
select
    cast(date_trunc('hour', comments.created_at) as timestamp) as hour,
    comments.author_id as agent_id,
    max(users.name) as agent,
    sum(case when comments.public then 1 else 0 end) as public_replies,
    sum(case when comments.public then 0 else 1 end) as private_notes,
    count(distinct comments.ticket_id) as tickets
from {{ kept('ticket_comments') }} as comments
inner join {{ stream('users') }} as users
    on users.id = comments.author_id and users.role in ('agent', 'admin')
where comments.created_at is not null
group by 1, 2
