# The header of the CSV file. The first four are the columns of the page.
csv-date-time-in = Date-Time ({ $zone })
csv-customer = Affected customer
csv-action = Action
csv-user = Partner user
csv-date-utc = Date-Time UTC
csv-customer-id = Customer ID
csv-operation-type = Operation type
csv-resource-type = Resource type
csv-status = Status
csv-application = Application
csv-details = Details
csv-correlation-id = Correlation ID
csv-record-id = Record ID
csv-old-value = Old value
csv-new-value = New value
csv-additional-data = Additional data
csv-partner-account = Partner account
csv-line = Line
csv-product = Product
csv-offer-id = Offer ID
csv-subscription-id = Subscription ID
csv-quantity = Quantity
csv-term = Term
# Ends a cell that was longer than Excel allows.
csv-cell-cut = { " " }…[cut, see JSON]
# The name of a sheet in a workbook; a number follows where there are several.
xlsx-sheet = Activity log
