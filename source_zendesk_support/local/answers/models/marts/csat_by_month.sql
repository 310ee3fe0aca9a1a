-- How content customers were, by month of the rating, group and agent.
select
    cast(date_trunc('month', ratings.created_at) as date) as month,
    ratings.group_id,
    ratings.assignee_id,
    max(groups.name) as group_name,
    max(users.name) as agent,
    sum(case when ratings.score like 'good%' then 1 else 0 end) as good,
    sum(case when ratings.score like 'bad%' then 1 else 0 end) as bad,
    sum(case when ratings.score = 'offered' then 1 else 0 end) as offered
from {{ kept('satisfaction_ratings') }} as ratings
left join {{ stream('groups') }} as groups on groups.id = ratings.group_id
left join {{ stream('users') }} as users on users.id = ratings.assignee_id
group by 1, 2, 3
