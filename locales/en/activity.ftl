# The form above the log, its chart, and what a search found. Names from outside are isolated in the pages.

## The search box

filter-search = Search
search-hint = A name, an ID, a user, a product, a domain …
search-how = How to search
search-how-words = Activities are found that have all of these words, anywhere in them
search-how-phrase = these words side by side
search-how-not = not this: a minus before anything
search-how-field = only there; also action, user, app, resource, status, changed, source, actor, account; and, by their IDs, subscription, order, useraccount, relationship, correlation
search-how-field-code = customer:contoso
search-how-named-code = action:"created an order"
search-how-named = what the page calls an action, a status or a resource type, or a part of it
search-how-record = The ID of a record, or the address of its page, leads straight to it.
search-how-date-code = date:2026-05..2026-06
search-how-date = from May to June; also a day, or open at one end
search-how-quantity-code = qty:>100
search-how-quantity = more than 100 seats or licences
search-how-examples = For example
search-how-example-words = contoso licence
search-how-example-failed = action:order status:failed
search-how-example-changed = changed:quantity qty:>100
search-better = Search for this instead:
search-meant = Looking for an action, a status or a resource type of that name? Search for:

## The filters

pick-any = any
pick-chosen = { $n } chosen
pick-more = { $n ->
    [one] { $n } more: type to find it
   *[other] { $n } more: type to find them
}
pick-app-hint = Application ID or name
pick-changed-hint = Name of a field
counts-too-long-too = Counts took too long for this range.
counts-too-long = Counts took too long for this range. The list is complete.
counts-loading = Counts are being prepared: { $percent } % so far. The list is complete.

## The sentence and the title; $search is what stands in the search box

result-searched = { $n ->
    [one] { $number } activity for “{ $search }”, { $range } ({ $zone })
   *[other] { $number } activities for “{ $search }”, { $range } ({ $zone })
}
result-searched-filtered = { $n ->
    [one] { $number } activity for “{ $search }”
   *[other] { $number } activities for “{ $search }”
}, { $range } ({ $zone }), { $filters ->
    [one] { $filters } filter
   *[other] { $filters } filters
}
title-searched = “{ $search }”, { $title }

## The chart

chart-hours = Activities per hour
chart-days = Activities per day
chart-weeks = Activities per week
chart-months = Activities per month
chart-years = Activities per year
chart-decades = Activities over the years
chart-bar = { $n ->
    [one] { $when }: { $number } activity
   *[other] { $when }: { $number } activities
}
chart-bar-failed = { $n ->
    [one] { $when }: { $number } activity, { $failed } failed
   *[other] { $when }: { $number } activities, { $failed } failed
}
chart-table = As a table
chart-when = When
chart-records = Activities
chart-failed = Failed

## A search that was broken off

searched-to = Searched back to { $at }. Older activities were not looked at yet.
searched-up-to = Searched up to { $at }. Newer activities were not looked at yet.
searched-go-on = Search on
empty-so-far = Nothing was found so far
empty-so-far-text = The search takes long; it can go on from where it was broken off.
empty-further = Nothing further
empty-further-text = Everything that was found is on the pages before.
empty-unknown = Looking for the nearest activity took too long.

## The menu of a row

row-menu = Filter by this activity
# Beside "All activities" of a customer, a user or an action.
pivot-others = All others

## Where a record has what was searched for, where its row does not show it

found-in = Found in: { $places }
found-old = Old value
found-new = New value
found-old-field = { $field } (old value)
