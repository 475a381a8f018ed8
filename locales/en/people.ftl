# Customers, and who acts for them. Names from outside are isolated by the pages.

## What the pages of customers and of actors have in common

people-activities = { $n ->
    [one] { $number } activity
   *[other] { $number } activities
}
people-all = All activities
people-first = First activity
people-last = Last activity
people-areas = By area
people-more = and { $number } more
people-too-long = Counting took too long; this page is without numbers.
people-loading = Counts are being prepared: { $percent } % so far. Reload this page in a moment to see them.

## The list of customers

customers-title = Customers
customers-search = Name, former name or customer ID
customers-look = Search
customers-all = All customers
customers-summary = { $n ->
    [one] { $number } customer
   *[other] { $number } customers
}
customers-found = { $n ->
    [one] { $number } customer matches “{ $text }”
   *[other] { $number } customers match “{ $text }”
}
customers-none = No activity names a customer yet
customers-nothing = No customer has such a name or ID
customers-name = Customer
customers-count = Activities
customers-last = Last activity
customers-former = formerly { $name }
customers-no-id = without a customer ID
customers-position = { $place } of { $total }
customers-before = Previous
customers-after = Next

## A customer

customer-word = Customer
customer-page = About this customer
customer-domain = Primary domain
customer-names = Names
customer-name-seen = last on { $day }
customer-users = Who acted for it
customer-apps = Through which applications
subscriptions-history = History

## Who acted

filter-actor = Performed by
actor-person = People
actor-app = Apps
actor-microsoft = Microsoft
