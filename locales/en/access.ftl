# Secrets of records, and who saw them.

access-log-title = Access log
access-log-lead = Who saw values that are hidden from everybody else, who downloaded records as they were received, and who had them sent elsewhere. Nothing here is ever changed or deleted.
access-log-none = Nobody has asked for hidden values yet
access-log-who = Who
access-log-what = What
access-log-record = Record
access-log-newest = Newest
access-log-reveal = Hidden values shown
access-log-raw = Raw record downloaded
access-log-export = Records exported as they were received
access-log-selection = What was exported
access-log-stream = Stream of records as they were received
access-log-schedule = Scheduled export

secrets-hidden = Passwords, credentials and keys are hidden (••••).
secrets-show = Show hidden values
secrets-show-noted = Your name and the time go into the access log.
secrets-shown = Hidden values are shown. This was noted in the access log.
secrets-hide = Hide them again

exports-title = Exports
exports-lead-own = The files that you exported, with the SHA-256 of every byte that was sent. Nothing here is ever changed or deleted.
exports-lead-all = The files that anybody exported, with the SHA-256 of every byte that was sent. Nothing here is ever changed or deleted.
exports-none = Nothing has been exported yet
exports-what = What
exports-result = Result
exports-command = Command line
exports-only-new = Only what was archived between two files
exports-other-form = Another kind of file
exports-open = Not ended yet, or broken off with the server
exports-whole = Whole
exports-left = Broken off by the reader
exports-failed = Failed
exports-size = { $n ->
    [one] { $rows } row, { $bytes }
   *[other] { $rows } rows, { $bytes }
  }
