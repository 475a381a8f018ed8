# Files of the log that are made again and again. Names and answers from outside are isolated by the pages.

schedules-title = Scheduled exports
schedules-lead = A schedule exports activities every day, week or month and puts the file into a folder or a cloud store.
schedules-none = Nothing is scheduled
schedules-new = New schedule
schedules-nowhere = The settings name no place that files can go to.
schedules-nowhere-remedy = Add an [[export_destination]] to the settings: a folder, an S3 bucket or an Azure Blob container, then restart partnerlog. The example settings show how.

views-schedule = Export on schedule
schedules-when = When
schedules-when-daily = Every day at { $hour } ({ $zone })
schedules-when-weekly = Every Monday at { $hour } ({ $zone })
schedules-when-monthly = On the first of every month at { $hour } ({ $zone })
schedules-rhythm-daily = Every day
schedules-rhythm-weekly = Every Monday
schedules-rhythm-monthly = On the first of every month
schedules-hour = At
schedules-contents = Contents
schedules-period-daily = Activities of the day before
schedules-period-weekly = Activities of the week before
schedules-period-monthly = Activities of the month before
schedules-new-only = What is new since the last file
schedules-contents-period = The activities of the period before
schedules-contents-period-hint = By their date: yesterday, last week (Monday to Sunday) or last month.
schedules-contents-new-hint = Whatever was archived or changed since then, whatever its date: nothing that arrives late is missed, and nothing comes twice.
schedules-from-beginning = The first file has everything that is in the archive
schedules-filters = Activities
schedules-filter-hint = The filters and the search of a saved view. Its From and To do not count.
schedules-from-view = As the view “{ $name }” selected when this was saved. Changing or deleting the view changes nothing here.
schedules-file = File
schedules-language = Language of the file
schedules-destination = Goes to
schedules-destination-gone = { $name } (not in the settings)
schedules-destination-hint = The settings say which places there are.
schedules-name-hint = Files are called by it.
schedules-as-received = Plain CSV and NDJSON have records as they were received, hidden values included. Making, changing, pausing, resuming and deleting a schedule is noted in the access log, and every file in the list of exports.
schedules-create = Create schedule
schedules-change-title = Change a schedule
schedules-delete-title = Delete this schedule?
schedules-delete-text = No more files are made, and its log is deleted. The files stay where they are.

schedules-paused-copy = Paused when this archive was copied, { $at }: files that it lacks records for must not take the place of better ones.
schedules-next = Next file { $at }
schedules-making = { $file } is to be made now
schedules-failing = { $file } is not delivered. Tried { $n ->
    [one] once
   *[other] { $n } times
}; next try { $next }.
schedules-last = { $file }: { $outcome }, { $at }
schedules-now = Deliver now
schedules-retry = Try now
schedules-again = Deliver again
schedules-give-up = Give this file up
schedules-give-up-hint = Later files wait for this one. What is new in a file that is given up is in no other file.

schedules-log = Files
schedules-log-none = No file has been made yet.
schedules-due = Due
schedules-log-file = File
schedules-log-more = More
schedules-short = Collecting had only come to { $at } when it was made.

schedules-outcome-open = To be made
schedules-outcome-delivered = Delivered
schedules-outcome-no-destination = The settings name no such destination any more
schedules-outcome-not-understood = Its filters are not understood any more
schedules-outcome-archive = The archive or its disk failed
schedules-outcome-missing = There is no such folder, bucket or container
schedules-outcome-refused = The destination does not let partnerlog in
schedules-outcome-failed = The destination did not take it
schedules-outcome-given-up = Given up

schedules-done-created = The schedule was created.
schedules-done-changed = The schedule was changed.
schedules-done-paused = The schedule is paused.
schedules-done-resumed = The schedule goes on with the next file that falls due.
schedules-done-now = The file is to be made now. Load this page again in a moment.
schedules-done-not-now = Nothing was done: somebody else changed the schedule, or the file was delivered meanwhile.
schedules-done-given-up = The file is given up.
schedules-done-deleted = The schedule was deleted.

schedules-fault-name-missing = Type a name, so that later somebody knows what this is for.
schedules-fault-choose = Choose one of the list.
schedules-fault-zone = Choose a time zone.
schedules-fault-destination = Choose a destination. The one that was chosen is not in the settings.
schedules-fault-full = There are { $most } schedules, and that is as many as there can be. Delete one to make another.
schedules-fault-meanwhile = Somebody else changed this schedule meanwhile. Open Change again.

schedules-noted-created = Schedule made
schedules-noted-changed = Schedule changed
schedules-noted-paused = Schedule paused
schedules-noted-resumed = Schedule resumed
schedules-noted-now = Scheduled file asked for
schedules-noted-given-up = Scheduled file given up
schedules-noted-deleted = Schedule deleted

error-no-schedule-title = There is no such schedule
error-no-schedule-text = The schedule was deleted, or the address is incomplete.
error-no-schedule-remedy = Look for it on the page Scheduled exports.
