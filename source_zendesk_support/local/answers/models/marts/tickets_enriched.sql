-- Each ticket with names in the place of ids.
select
    tickets.id as ticket_id,
    tickets.subject,
    tickets.status,
    tickets.priority,
    tickets.type,
    tickets.created_at,
    tickets.updated_at,
    tickets.via ->> 'channel' as channel,
    brands.name as brand,
    groups.name as group_name,
    assignees.name as assignee,
    requesters.name as requester,
    organizations.name as organization,
    tickets.tags,
    tickets.group_id,
    tickets.assignee_id,
    tickets.requester_id,
    tickets.organization_id
from {{ stream('tickets') }} as tickets
left join {{ stream('brands') }} as brands on brands.id = tickets.brand_id
left join {{ stream('groups') }} as groups on groups.id = tickets.group_id
left join {{ stream('users') }} as assignees on assignees.id = tickets.assignee_id
left join {{ stream('users') }} as requesters on requesters.id = tickets.requester_id
left join {{ stream('organizations') }} as organizations
    on organizations.id = tickets.organization_id
