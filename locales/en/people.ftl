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
customers-sort = Sort by
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
customer-subscriptions = { $n ->
    [one] { $number } subscription in the records
   *[other] { $number } subscriptions in the records
}
customer-subscriptions-newest = { $n ->
    [one] As its newest activity about orders and subscriptions names them.
   *[other] As its newest { $number } activities about orders and subscriptions name them.
}
customer-subscription-unnamed = Subscription without a name
customer-subscription-history = All of its history
customer-seats = { $n ->
    [one] { $number } seat
   *[other] { $number } seats
}
subscriptions-history = History

## Who acted

filter-actor = Performed by
actor-person = People
actor-app = Apps
actor-microsoft = Microsoft

## The page of an actor

actors-kind-person = Person
actors-kind-app = Application
actors-kind-first-party = Partner Center’s own application
actors-kind-microsoft = Microsoft
actors-customers = Customers acted for
actors-users = Used by these people
actors-apps = Through these applications
actors-about = About this user
actors-about-app = About this application
error-no-actor-title = Nobody of that name is in the archive.
error-no-actor-text = No activity names this user or application.
error-no-actor-remedy = Check the link, or look for a part of the name in the log.

## What applications are called

applications-title = Applications
applications-lead = Records name applications by their IDs. Give yours names: the log and the search use them. Records stay as they are.
applications-none = No activity names an application yet
applications-id = Application ID
applications-own = Own name
applications-save = Save
applications-rename = Change the name
applications-named = The application has its name.
applications-unnamed = The application has no name of its own any more.
applications-changed = Changed by { $by }, { $at }
applications-long = The name is longer than { $n } characters. Shorten it.
applications-odd = The name has line breaks, control characters or nothing that can be seen. Type it again without them.
