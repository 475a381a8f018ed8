# Importing files: why rows are rejected and files are not understood, and the pages of it.

import-reason-not-an-object = not a JSON object
import-reason-not-a-record = not an audit record
import-reason-not-json = not JSON, or cut short
import-reason-too-long = too long for a record
import-reason-not-utf8 = not UTF-8 text: save the file as UTF-8, in Excel as “CSV UTF-8”
import-reason-columns = { $found } columns instead of { $expected }
import-reason-too-many-columns = more than 1,000 columns
import-reason-open-quote = a quotation mark is never closed
import-reason-swallowed = a quotation mark is never closed, after too many others: { $lines ->
    [one] one line was
   *[other] { $lines } lines were
} passed over from here on. Repair the file and import it again
import-reason-no-record = the record column is empty
import-reason-not-a-date = “{ $text }” is not a date
import-reason-no-such-time = “{ $text }” did not exist in this time zone: clocks were set forward
import-reason-no-account = it names no partner account, and there are several: say which one
import-reason-unknown-account = the partner account “{ $text }” is not known: say which one it is
import-reason-too-many-accounts = the partner account it names is not known, and there are more of those than a file may bring, or its id is none
import-reason-too-many-equal = more than 1,000 equal records without an id
import-reason-too-old = older than what this archive keeps, which is from { $date } (UTC) on

import-misfit-utf16 = it is UTF-16 text. Save it as UTF-8, in Excel as “CSV UTF-8”
import-misfit-not-utf8 = it is not UTF-8 text. Save it as UTF-8, in Excel as “CSV UTF-8”
import-misfit-zip = it is a ZIP archive or an Excel workbook. Unpack it, or save it in Excel as “CSV UTF-8”
import-misfit-compressed = it is compressed. Unpack it first
import-misfit-broken-json = its JSON breaks off or is broken at line { $line }
import-misfit-no-records = it is JSON without audit records
import-misfit-unknown = it is neither NDJSON, nor a saved answer of the API, nor a CSV export of partnerlog or Partner Center

## The pages

import-title = Import
import-file = File
import-lead = Partner Center keeps 90 days. Older records come in from files: you first see what importing would do, and nothing is changed before you say so.
import-formats-partner-center = The CSV that Partner Center’s own activity log page exports, in any language
import-formats-partnerlog = CSV exports of partnerlog: plain CSV loses nothing, CSV for Excel keeps what it has
import-formats-records = Saved answers of Partner Center’s API, and NDJSON
import-largest = At most { $size }.
import-upload = Upload and check
import-mine = A file that you uploaded is still here
import-past = Imports so far
import-past-none = Nothing was imported yet.
import-past-counts = { $new } new, { $known } already known, { $revised } changed, { $rejected } rejected
import-finished = Finished
import-broken-off = Broken off; importing the file again completes it
import-not-ended = Under way, or broken off; importing the file again completes it

import-trouble-another = Another file of yours is being uploaded or read. Wait until that has ended.
import-trouble-too-many = Too many files are being imported at present. Try again later.
import-trouble-too-large = The file is larger than { $size }. Split it, or use partnerlog import on the server.
import-trouble-no-file = No file was chosen. Choose one and upload it again.
import-trouble-no-room = There is no room for the file on the server. An administrator should free some.
import-trouble-broken-off = The upload broke off. Nothing was changed; upload the file again.

import-receiving = The file is being uploaded
import-checking = Checking the file
import-importing = Importing
import-checked = What importing would do
import-asks = A question about this file
import-done = Imported
import-failed = The file cannot be imported
import-failed-text = Reading the file broke off. What was imported before stays, and importing the file again completes it.
import-not-understood = Nothing was changed: { $why }.
import-progress = { $percent } %, { $records } records read
import-refresh = Refresh
import-report = Result
import-format = Format
import-format-ndjson = NDJSON
import-format-answers = Saved answers of the API
import-format-csv-plain = Plain CSV of partnerlog
import-format-csv = CSV for Excel of partnerlog
import-format-partner-center-csv = CSV of Partner Center
import-empty = Empty file
import-read = Read
import-would-new = New
import-new = Imported as new
import-known = Already known
import-revised = Changed
import-rejected = Rejected
import-line = Line { $line }:
import-more = { $n } more were rejected.
import-zone-assumed = Times that name no zone are read as { $zone }. Choose another one if clocks showed another, and check again.
import-zone-read = Times that name no zone are read as { $zone }.
import-new-accounts = Partner accounts that the archive does not know yet: { $accounts }. Their records come in under these ids.
import-looked-again = You changed an answer, so the file was checked again. Look at the result before you import.
import-kept = The file stays here for an hour. Nobody else sees it.
import-dates-open = Does the day or the month come first in dates like { $sample }?
import-dates-contradict = The dates of this file contradict each other ({ $sample } is one of them). How are they meant? Rows that cannot be meant so are rejected.
import-dates-said = How are dates like 1/2/2026 meant?
import-day-first = Day first (31/1/2026)
import-month-first = Month first (1/31/2026)
import-year-first = Year first (26/1/31)
import-zone = Time zone of times that name none
import-zone-of-file = As the file says, else UTC
import-account = Partner account of rows that name no known one
import-account-whose = Which partner account are these records of? The file does not say.
import-account-choose = Choose an account
import-account-none = None: reject them
import-nothing-new = There is nothing new in this file.
import-now = Import now
import-check-again = Check again
import-discard = Discard the file
import-another = Import another file
record-imported-from = Imported from { $file } on { $at }
