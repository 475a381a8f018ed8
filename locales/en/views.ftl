# Saved views and keyboard shortcuts. Names from outside are isolated by the pages.

## Saved views

views-title = Saved views
views-menu = Views
views-lead = A view is a name for what you look at in the log: its dates, filters and search.
views-how = Select something in the log, then choose “Save view” above the table.
views-own = My views
views-own-none = You have no saved views yet.
views-shared = Shared by others
views-shared-none = Nobody has shared a view with you.
views-none-yet = No saved views yet.
views-all = All views
views-more = The first { $n } shared views by name are listed.
views-full = You have { $n } saved views, and that is as many as there can be. Delete one to save another.
views-save = Save view
views-save-other = Save under another name
views-name = Name
views-dates = Dates
views-dates-moving = { $range }, moving along
views-dates-since = From { $day } until today
views-dates-until = Until { $day }
views-dates-fixed = { $days }, as they are
views-share = Share with everybody
views-share-hint = Everybody who may see the log sees it, with your name.
views-start = Make it my start page
views-start-hint = You begin with it after signing in.
views-replace-title = Replace this view?
views-replace-text = You have a view named “{ $name }”. Saving replaces what it shows; its link stays the same.
views-replace = Replace
views-cancel = Cancel
views-name-missing = Give the view a name.
views-name-long = The name is longer than { $n } characters. Shorten it.
views-name-odd = The name has line breaks or control characters. Type it again without them.
views-name-taken = There is another view named “{ $name }”. Choose another name.
views-address = This address of the log cannot be saved: part of it is not understood. Go back to the log and select again.
views-address-long = This selection has too many filters to be saved. Take some away.
views-not = not{" "}
views-search = “{ $text }”
views-by = Shared by
views-is-start = Start page
views-is-shared = Shared
views-set-start = Make start page
views-unset-start = Start with the log instead
views-start-now = You begin with this view.
views-start-none = You begin with the activity log; any view can be your start page instead.
views-change = Change
views-change-title = Change a view
views-rename = Rename
views-shared-now = Everybody who may see the log sees this view.
views-private-now = Only you see this view.
views-unshare = Stop sharing
views-delete = Delete
views-delete-title = Delete this view?
views-delete-text = The name is deleted for good. The log and its activities stay as they are.
views-delete-shared = It is shared: nobody sees it any more, and who begins with it begins with the log instead.
views-delete-start = It is your start page: you begin with the log instead.
views-done-saved = The view is saved.
views-done-replaced = The view is replaced.
views-done-renamed = The view has its new name.
views-done-shared = The view is shared with everybody.
views-done-unshared = The view is not shared any more.
views-done-deleted = The view is deleted.
views-done-start = This is your start page now.
views-done-no-start = You begin with the activity log.
error-no-view-title = There is no such view
error-no-view-text = The view was deleted, or it is not shared with you.
error-no-view-remedy = Look for it among the saved views, or ask who gave you the link.

## Keyboard

keys-title = Keyboard shortcuts
keys-key = Key
keys-does = What it does
keys-search = Search the log
keys-rows = Next and previous activity
keys-arrows = The same, once you are in the rows
keys-enter = Open or close the details
keys-escape = Close the details, a menu or this help
keys-pages = Older and newer page
keys-export = Export log
keys-help = Show this help
keys-when = They do nothing while you type in a field or hold Ctrl, Alt or Cmd.
keys-on = They can be switched off:
keys-off = They are switched off:
keys-close = Close
preferences-keys = Keyboard
preferences-keys-off = Switch off shortcuts of a single key

# Choosing the filters of what is sent or exported for good.
choice-all = Everything
choice-kept = As it is (from the view “{ $name }”)
choice-kept-unnamed = As it is
choice-view = View “{ $name }”
choice-gone = This view is not there any more. Choose another one.
choice-odd = Part of this view’s search is not understood, so it cannot be used. Open the view in the log and correct the search.
choice-kept-odd = As it is: part of it is not understood any more
