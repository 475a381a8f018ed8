# Tokens with which programs read the API.

tokens-title = API tokens
tokens-lead = With a token a program reads the log, as it would read Partner Center’s own API, or exports it as a file.
tokens-made-now = The new token
tokens-once = Copy it now: it is not shown again. Whoever has it can do what it allows.
tokens-revoked-now = The token is revoked. It is good for nothing any more.
tokens-good = Active tokens
tokens-none = There is no token
tokens-past = Expired and revoked tokens
tokens-revoke = Revoke
tokens-new = New token
tokens-name = Name
tokens-name-hint = What it is for, such as the program that uses it.
tokens-name-missing = Type a name, so that later somebody knows what the token is for.
tokens-name-long = The name is longer than { $n } characters. Shorten it.
tokens-name-odd = The name has line breaks or control characters. Type it again without them.
tokens-rights = It may
tokens-right-read = read records
tokens-right-read-hint = through the API, as Partner Center’s own programs do
tokens-right-export = export the log
tokens-right-export-hint = as a file of any kind: GET /activity/export with the token
tokens-no-right = may do nothing
tokens-rights-missing = Choose what the token lets a program do.
tokens-customers = Only for these customers
tokens-customers-hint = Customer IDs with blanks between them. Empty: all customers.
tokens-customers-odd = Something here is no customer ID. Customer IDs look like 0c39d6d5-c70d-4c55-bc02-f620844f3fd1.
tokens-customers-many = A token can be for { $n } customers at most. Make several tokens.
tokens-days = Good for
tokens-days-odd = Choose how long the token is good.
tokens-create = Create token
tokens-all-customers = all customers
tokens-some-customers = { $n ->
    [one] { $number } customer
   *[other] { $number } customers
}
tokens-made = Made by { $by }, { $at }
tokens-never-used = never used
tokens-used = last used { $at }
tokens-until = until { $at }
tokens-for-good = without end
tokens-expired = expired { $at }
tokens-revoked = revoked { $at }
