# The history of a thing, and what belongs together with a record.

history-operation = One operation
history-subscription = Subscription history
history-order = Order history
history-user = User account history
history-relationship = Admin relationship history
history-operation-id = Correlation ID
history-subscription-id = Subscription ID
history-order-id = Order ID
history-user-id = Object ID of the user account
history-relationship-id = Relationship ID
history-also = The same order
history-first = First activity
history-last = Last activity
# $count is { $n } with its thousands grouped, or "more than 100,000".
history-count = { $n ->
    [one] { $count } activity, oldest first ({ $zone })
   *[other] { $count } activities, oldest first ({ $zone })
}
history-uncounted = Activities, oldest first ({ $zone })
history-log = All of these in the log
history-seats = Seats over time
history-seats-now = Seats
history-seats-at = { $n ->
    [one] { $when }: { $number } seat
   *[other] { $when }: { $number } seats
}
history-seats-until = There are too many activities to show the numbers after { $when }.

error-no-operation-title = No activity in the archive speaks of this operation.
error-no-operation-text = No activity has this correlation ID.
error-no-operation-remedy = Check the link, or look for the activity in the log.
error-no-subscription-title = No activity in the archive speaks of this subscription.
error-no-subscription-text = No activity names a subscription by this ID.
error-no-subscription-remedy = Check the link, or look for the subscription in the log.
error-no-order-title = No activity in the archive speaks of this order.
error-no-order-text = No activity names an order by this ID.
error-no-order-remedy = Check the link, or look for the order in the log.
error-no-user-title = No activity in the archive speaks of this user account.
error-no-user-text = No activity names a user account by this object ID.
error-no-user-remedy = Check the link, or look for the user account in the log.
error-no-relationship-title = No activity in the archive speaks of this admin relationship.
error-no-relationship-text = No activity names an admin relationship by this ID.
error-no-relationship-remedy = Check the link, or look for the relationship in the log.

thread-title = Related activities
thread-none = No related activities could be identified.
thread-operation = Same operation
thread-subscription = Subscription
thread-order = Order
thread-user = User account
thread-relationship = Admin relationship
thread-person = Same person
thread-customer = Same customer
# How they were recognized.
thread-exact = exact, by ID
thread-by-name = by name
# $count is { $n } with its thousands grouped, or "more than 100".
thread-count = { $n ->
    [one] { $count } activity
   *[other] { $count } activities
}
thread-history = History
thread-more = { $n ->
    [one] { $count } more is named in the record
   *[other] { $count } more are named in the record
}
thread-before = Before
thread-after = After
thread-neighbour = { $action }, { $when }
