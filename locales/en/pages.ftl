# What the pages say. Names from outside are isolated in the pages, not here.

## The frame

skip = Skip to content
demo-data = Demo data
menu-label = Main
menu-account-settings = Account settings
language = Language
time-zone = Time zone
sign-out = Sign out
accessibility = Built to meet WCAG 2.2 AA
# Between the elements of a list within a sentence.
list-joint = {", "}
# Between a label and its value in copied text.
label-joint = {": "}

## Words that several pages use

ago-now = just now
ago-minutes = { $n } min ago
ago-hours = { $n } h ago
ago-days = { $n ->
    [one] { $n } day ago
   *[other] { $n } days ago
}
column-date = Date-Time
column-customer = Affected customer
column-action = Action
column-user = Partner user
column-details = Details
customer-none = (no customer)
user-unknown = (unknown)
badge-app = App
badge-imported = Imported
value-on = On
value-off = Off
copy = Copy
copy-link = Copy link
copy-summary = Copy summary
copy-markdown = Copy as Markdown
copied = Copied

## Roles

role-global_admin = Global admin
role-billing_admin = Billing admin
role-user_management_admin = User management admin
role-admin_agent = Admin agent
role-sales_agent = Sales agent
role-helpdesk_agent = Helpdesk agent

## The activity log

activity-title = Activity log
day-unknown = Date not known
# $number is { $n } with its thousands grouped, or "more than 100,000".
result = { $n ->
    [one] { $number } activity, { $range } ({ $zone })
   *[other] { $number } activities, { $range } ({ $zone })
}
result-filtered = { $n ->
    [one] { $number } activity
   *[other] { $number } activities
}, { $range } ({ $zone }), { $filters ->
    [one] { $filters } filter
   *[other] { $filters } filters
}
range = { $from } – { $to }
range-now = now
range-beginning = the beginning
more-than = more than { $number }
row-details = Details of { $what }
details-loading = Loading details…
details-failed = Details could not be loaded.
details-open-page = Open the record page
range-too-old = The archive starts on { $day }. Records before that are not available from Partner Center.
range-future = To lies in the future ({ $day }); shown is everything up to now.
zone-switch = Show times in { $zone }

## Filters

filter-form = Filter activities
filter-period = Period
filter-from = From
filter-to = To
filter-customer = Customer
filter-customer-hint = Name or customer ID
filter-action = Action
filter-user = Partner user
filter-user-hint = Part of the user name
filter-status = Status
filter-resource = Resource type
filter-app = Application
filter-account = Partner account
filter-not = is not
filter-others = Filters
filter-apply = Apply
filter-clear = Clear all
filter-selected = Selected filters
filter-remove = Remove filter:
preset-label = Ready-made periods
preset-today = Today
preset-7 = Last 7 days
preset-30 = Last 30 days
preset-90 = Last 90 days
preset-month = This month
preset-last-month = Last month
preset-all = All
fault-title = Part of the search was not understood
fault-others-applied = Everything else was applied.
fault-not-a-date = “{ $text }” is not a date. Enter it like 2024-05-31.
fault-to-before-from = To date must be the same as or after From date ({ $from }).
fault-zone = There is no time zone named “{ $text }”.
fault-size = “{ $text }” is not a page size: choose 25, 50 or 100.
fault-cursor = The address names no place in the log; this is the first page.
fault-too-long = This filter is longer than 512 characters: { $text }…
fault-too-many = There are more than 200 filter values; those after “{ $text }” were left out.

## Export

export-log = Export log
export-options = Export options
export-nothing = Nothing to export: no activities match.
export-format = Format
export-csv = CSV for Excel
export-csv-hint = Column names in your language, dates in the time zone of the view
export-plain = Plain CSV
export-plain-hint = Exact values for programs
export-rows = Rows
export-items = One row per line item
export-download = Download

## No activities

empty-filters = No activities match these filters
empty-filters-text = Remove a filter or choose another period.
empty-range = No activities in this period
empty-range-text = There are activities at other times.
empty-nowhere = There are none at any other time either. Remove a filter or a word.
empty-nearest = Nearest activity: { $day } – show
empty-archive = No activity has been collected yet
empty-archive-first = The first collection started at { $at }. Activities appear here as they arrive.
empty-archive-ran = Partner Center has shown no activity so far. New activities appear here after the next collection.

## Pages of the log

pager-label = Pages
pager-newer = Newer
pager-older = Older
pager-size = Per page
position = { $place } of { $total }

## One record

record-permalink = Open as a page
record-link = Link
record-who = Who
record-where = Where
record-when = When
record-what = What
record-session = Session
record-customer-id = Customer ID
record-partner-id = Partner ID
record-utc = UTC
record-received = As received
record-archive = In the archive
record-collected = Collected { $at }
record-imported = Imported { $at }
record-operation = Operation type
record-resource = Resource type
record-status = Status
record-correlation = Correlation ID
record-id = Record ID
record-facts = Details
record-other-data = Other data
record-old-value = Old value
record-new-value = New value
record-raw = Raw record
record-download = Download
record-not-json = This value is not valid JSON; shown as received.
record-value-cut = The raw record has the rest.
left-out = { $n } more in the raw record.
record-part = The record is long: this is part { $n } of 100 KB.
record-part-before = Part before
record-part-after = Next part
record-part-revealed = The record is long: this is its first part. The download has all of it, with what is hidden.
record-happened = What happened
record-printed = Printed from partnerlog on { $at } ({ $zone }) by { $who }
items-title = Line items
items-all = Show all { $n }
item-line = Line
item-product = Product
item-quantity = Quantity
item-term = Term
item-billing = Billing
item-transaction = Transaction
item-offer = Offer ID
item-subscription = Subscription ID
item-conflict = The additional data say otherwise.
licences-title = Licences
licences-user = For
licences-excluded = Without the service plans
licences-warning = Warning:
changes-title = Changes
changes-field = Field
changes-old = Old value
changes-new = New value
changes-no-old = Old value was not recorded.
changes-none = Nothing differs between the old and the new value.
changes-parts = What it holds
earlier-compared = Compared with the activity before it that the archive has of the same thing:
earlier-record = { $action }, { $when }
earlier-none = Nothing differs from it.
changes-unchanged = Show unchanged ({ $n })
pivot-title = More like this
pivot-customer = Customer
pivot-user = Partner user
pivot-action = Action
pivot-only = Only this
pivot-exclude = Exclude this
pivot-show = All activities

## Subscriptions of a customer

subscriptions-title = Subscriptions
subscriptions-activities = All activities of this customer
subscriptions-portal = Open in Partner Center
subscriptions-summary = { $n ->
    [one] { $n } subscription, { $active } active
   *[other] { $n } subscriptions, { $active } active
}
subscriptions-none = This customer has no subscriptions
subscriptions-name = Subscription
subscriptions-status = Status
subscriptions-start = Start
subscriptions-end = End or renewal
subscriptions-auto-renew = Auto-renew
subscriptions-order = Order ID
subscriptions-trial = Trial
subscriptions-recent = Last activities
subscription-active = Active
subscription-suspended = Suspended
subscription-deleted = Deleted
subscription-expired = Expired
subscription-pending = Pending
subscription-disabled = Disabled
subscriptions-unknown = Partner Center does not know this customer (any more).
subscriptions-unknown-remedy = The relationship may have ended. The archive still has the customer’s activities, below.
subscriptions-refused = Partner Center refuses to show subscriptions.
subscriptions-refused-remedy = An administrator should check the application’s permissions and secret for this partner account.
subscriptions-throttled = Partner Center is receiving too many requests.
subscriptions-throttled-remedy = Wait a minute, then reload this page.
subscriptions-unreachable = Partner Center does not answer at present.
subscriptions-unreachable-remedy = Reload this page in a moment. What the archive has is below.
subscriptions-not-configured = The partner account of this customer is no longer in the settings.
subscriptions-not-configured-remedy = An administrator can add it again. What the archive has is below.

## Settings

preferences-title = Preferences
preferences-save = Save
preferences-saved = Saved
preferences-browser-zone = As in this browser
preferences-zone-hint = Dates and the days of From and To are in this zone.
accounts-title = Partner accounts
accounts-none = No partner account is configured
accounts-tenant = Tenant ID
accounts-last = Last collection
accounts-succeeded = Last success
accounts-next = Next collection
accounts-never = Never
accounts-error = Error
accounts-result = { $new } new, { $revised } changed, { $days } days read
accounts-collect = Collect now

## Signing in

sign-in-title = Sign in
sign-in-text = See who did what for which customer in Partner Center.
sign-in-button = Sign in with your work account
sign-in-hint = You need one of the roles that may see the activity log.
sign-in-again = Sign in
signed-out-title = You are signed out
signed-out-text = Close the browser window if others use this computer.
signed-out-provider = You are signed out here. Continue to sign out of your work account as well.
signed-out-continue = Continue
filter-changed = Changed field
filter-source = Source
source-collected = Collected from Partner Center
source-imported = Imported from a file
export-xlsx = Excel workbook
export-xlsx-hint = .xlsx with real dates, a fixed header and a filter; the download begins when it is put together
export-ndjson = NDJSON
export-ndjson-hint = The records as they were received, one a line
export-columns = Columns
export-all-columns = All
export-without-values = All but old and new values
export-shown = As shown on the page
export-activities = One row per activity
export-size = About { $rows } rows: { $csv } as CSV, { $plain } as plain CSV, { $ndjson } as NDJSON.
export-past = Past exports and their checksums
