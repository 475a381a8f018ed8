# What the archive holds, and how fresh it is.

coverage-title = Coverage
coverage-intro = Days are UTC days, as Partner Center counts them. A complete day was read to its end after it was over. Partner Center keeps 90 days; what was not read until then is missing for ever.
coverage-all-accounts = All accounts
coverage-details = Details
# $to: a moment, or "12:40 today".
coverage-complete = Complete from { $from } to { $to }.
coverage-today = { $time } today
coverage-utc = { $days } UTC
coverage-more-days = { $n ->
    [one] and one more day
   *[other] and { $n } more days
}
coverage-gaps = { $n ->
    [one] Except for one day: { $days }.
   *[other] Except for { $number } days: { $days }.
}
coverage-nothing-yet = No day has been read to its end yet.
coverage-imported-only = Nothing has been collected for this account: the archive holds what was imported.
coverage-not-collected = This account is no longer in the settings; nothing more is collected.

## Under a table

coverage-line-missing = { $n ->
    [one] One day in this range is missing or incomplete ({ $days }).
   *[other] { $number } days in this range are missing or incomplete ({ $days }).
}
coverage-line-waiting = { $n ->
    [one] One day in this range is not collected yet ({ $days }).
   *[other] { $number } days in this range are not collected yet ({ $days }).
}
coverage-line-before = Collecting began with { $day }; of the days before, the archive holds what was imported.
# $day: a day, with its time where the reader’s day begins at another moment.
coverage-removed-before = Activities before { $day } were removed: this archive keeps what is from then on.
coverage-line-imported = Nothing is collected: the archive holds what was imported.
coverage-line-nothing = Nothing of this range has been collected yet.

## How fresh it is

fresh-collected = Collected { $ago }
fresh-never = Not collected yet
fresh-next = next at { $time }
fresh-busy = collecting now
fresh-refresh = Refresh
fresh-asked = Collection has been started. Refresh this page to see the result.
fresh-wait = Collection was started a moment ago. Wait ten seconds before you start it again.
# The link that announces records which came while somebody reads. $number is { $n } with its thousands grouped, or "100+" where it is more.
news-show = { $n ->
    [one] { $number } new activity – show
   *[other] { $number } new activities – show
}
news-many = { $number }+

## The banner over every page

banner-stale = Last collected { $ago }. Partner Center keeps 90 days; nothing is lost yet: { $n ->
    [one] one day remains.
   *[other] { $n } days remain.
}
banner-soon = Last collected { $ago }. { $n ->
    [0] In less than a day the first records will be lost for good.
    [one] In one day the first records will be lost for good.
   *[other] In { $n } days the first records will be lost for good.
}
banner-losing = Last collected { $ago }. { $n ->
    [one] One day is lost for good already, and with every day that passes another one.
   *[other] { $n } days are lost for good already, and with every day that passes another one.
}
# $age is a time that has passed, $ago the same as "… ago"; each language takes the one that suits it.
age-minutes = { $n } min
age-hours = { $n } h
age-days = { $n ->
    [one] { $n } day
   *[other] { $n } days
}
banner-at-risk = { $n ->
    [one] One day could not be collected, and will be lost for good within a week.
   *[other] { $number } days could not be collected, and will be lost for good within a week.
}
banner-never = No collection has succeeded yet; the last attempt ended at { $at }. Partner Center keeps 90 days: with every day that passes, the oldest of them is lost.
banner-never-ran = No collection has ended yet. Partner Center keeps 90 days: with every day that passes, the oldest of them is lost.

## Numbers

coverage-last-success = Last run without a failure
coverage-read-to = Collected up to
coverage-moment = { $at } ({ $ago })
coverage-next = Next collection
coverage-next-due = Due now
coverage-records = Records, by collecting
coverage-known = Duplicates skipped
coverage-late = Late arrivals
coverage-changed = Records changed later
coverage-throttled = Throttling (429)
coverage-throttled-times = { $n ->
    [one] { $times } in the last run
   *[other] { $times } in the last { $number } runs
}
coverage-last-error = The last collection did not finish ({ $at })
coverage-trouble = Something went wrong that has no words yet.
coverage-remedy = partnerlog asks again at its next turn. If it lasts, an administrator finds the reason in the log.
coverage-as-received = As received

## The calendar

coverage-days = Days
coverage-years = Years
coverage-skip-days = Skip the calendar
coverage-show-days = Show the days
coverage-legend = What the signs mean
coverage-year-complete = { $n ->
    [one] one day complete
   *[other] { $number } days complete
}
coverage-year-missing = { $n ->
    [one] one day not
   *[other] { $number } days not
}
day-complete = Complete
day-so-far = Being collected
day-waiting = Not collected yet
day-partial = Partial
day-lost = Missing for ever
day-before = Before the start
day-removed = Removed
day-in-words = { $day }: { $words }
day-records = { $n ->
    [one] { $number } record
   *[other] { $number } records
}
day-late = { $number } late
day-changed = { $number } changed

## What is missing, or will be

coverage-at-risk = { $n ->
    [one] One day will be lost within a week
   *[other] { $number } days will be lost within a week
}
coverage-lost-on = is lost on { $at } ({ $n ->
    [0] in less than a day
    [one] in one day
   *[other] in { $n } days
})
coverage-partial = Partial days
coverage-partial-day = { $records } so far. { $what }
coverage-lost-days = { $n ->
    [one] One day is missing for ever
   *[other] { $number } days are missing for ever
}
coverage-lost-text = They were not read to their end while Partner Center still had them. What was read of them is in the archive.

## Versions of a record

version-title = Versions
version-of = Version { $number } of { $n }
version-newest = Newest
version-at = { $source } { $at }
version-collected = Collected
version-imported = Imported
version-old = This is version { $number } of { $n }, not the newest one.
version-show-newest = Show the newest version
version-next-changes = What version { $number } changed
version-since = What has changed since version { $number }
version-no-changes = Both versions say the same.
version-more = { $n } more
version-history = Version { $number } of { $n } – changed on { $at }

## Members of a record

field-operationstatus = Status
field-operationtype = Operation type
field-operationdate = Date-Time
field-resourcetype = Resource type
field-sessionid = Session
field-originalcorrelationid = Correlation ID
