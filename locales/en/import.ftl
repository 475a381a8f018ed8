# Importing files: why rows are rejected and files are not understood, and the pages of it.

import-reason-not-an-object = not a JSON object
import-reason-not-a-record = not an audit record
import-reason-not-json = the record is not JSON
import-reason-too-long = too long for a record
import-reason-not-utf8 = not UTF-8 text
import-reason-columns = { $found } columns instead of { $expected }
import-reason-too-many-columns = more than 1,000 columns
import-reason-open-quote = a quotation mark is never closed
import-reason-no-record = the record column is empty
import-reason-not-a-date = “{ $text }” is not a date
import-reason-no-such-time = “{ $text }” did not exist in this time zone: clocks were set forward
import-reason-no-account = it names no partner account, and there are several: say which one
import-reason-unknown-account = the partner account “{ $text }” is not known: say which one it is
import-reason-too-many-equal = more than 1,000 equal records without an id

import-misfit-utf16 = it is UTF-16 text. Save it as UTF-8, in Excel as “CSV UTF-8”
import-misfit-not-utf8 = it is not UTF-8 text. Save it as UTF-8, in Excel as “CSV UTF-8”
import-misfit-broken-json = its JSON breaks off or is broken at line { $line }
import-misfit-no-records = it is JSON without audit records
import-misfit-unknown = it is neither NDJSON, nor a saved answer of the API, nor a CSV export of partnerlog or Partner Center
