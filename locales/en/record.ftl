# What a record tells: parts of sentences, names of fields, values.

## the gist of a record

phrase-product = { $quantity } × { $name }
phrase-product-more = { $name } ×{ $quantity } and { $more } more
phrase-name-more = { $name } and { $more } more
phrase-order = order { $number }
phrase-licence-added = +1 { $name }
phrase-licence-removed = −1 { $name }
phrase-more = and { $count } more
phrase-for-user = for { $user }
phrase-for-user-id = for user { $user }
phrase-change = { $field } { $old } → { $new }
phrase-change-delta = { $field } { $old } → { $new } ({ $delta })
phrase-change-added = { $field }: + { $new }
phrase-change-removed = { $field }: − { $old }
phrase-change-secret = { $field } changed
phrase-more-changes =
    { $number ->
        [one] { $count } more change
       *[other] { $count } more changes
    }
phrase-field = { $field }: { $value }

## what happened, in a sentence: an action that is not known, and how it ended

sentence-customer-user = { $action } for { $customer }, by { $user }.
sentence-customer = { $action } for { $customer }.
sentence-user = { $action }, by { $user }.
sentence-bare = { $action }.
sentence-failed = The operation failed.
sentence-progress = The operation is still in progress.
sentence-decline = The operation was declined.
sentence-status = Status: { $status }.

## names of fields

field-path-line = Line item { $number }
field-path-element = { $field } { $element }
field-path-numbered = { $field } ({ $number })
field-id = ID
field-orderid = Order ID
field-alternateid = Order number
field-commerceid = Commerce ID
field-billingcycle = Billing cycle
field-billingtype = Billing type
field-creationdate = Created
field-createddate = Created
field-effectivestartdate = Start date
field-commitmentenddate = End date
field-commitmentenddatetime = End date
field-cancellationalloweduntildate = Cancellation allowed until
field-status = Status
field-orderstatus = Order status
field-quantity = Quantity
field-subscriptionid = Subscription ID
field-parentsubscriptionid = Parent subscription ID
field-entitlementid = Entitlement ID
field-subscriptionname = Subscription name
field-friendlyname = Name
field-offername = Offer name
field-offerid = Offer ID
field-productname = Product
field-producttype = Product type
field-termduration = Term
field-renewaltermduration = Renewal term
field-transactiontype = Transaction type
field-unittype = Unit
field-currencycode = Currency
field-currencysymbol = Currency symbol
field-totalprice = Total price
field-amount = Amount
field-unitprice = Unit price
field-effectiveunitprice = Effective unit price
field-promotionid = Promotion ID
field-autorenewenabled = Auto-renew
field-istrial = Trial
field-ismicrosoftproduct = Microsoft product
field-publishername = Publisher
field-suspensionreasons = Suspension reasons
field-contracttype = Contract type
field-actiontaken = Action taken
field-partneronrecord = Partner on record
field-partneridonrecord = Partner on record
field-partnerid = Partner ID
field-mpnid = MPN ID
field-lineitems = Line items
field-lineitem = Line item
field-lineitemnumber = Line item number
field-customerid = Customer ID
field-customername = Customer name
field-referencecustomerid = Customer ID
field-tenantid = Tenant ID
field-customeruserid = User ID
field-userid = User ID
field-userprincipalname = User principal name
field-username = User name
field-displayname = Display name
field-firstname = First name
field-lastname = Last name
field-givenname = First name
field-surname = Last name
field-middlename = Middle name
field-usagelocation = Usage location
field-primarydomainname = Primary domain
field-domain = Domain
field-customdomains = Custom domains
field-relationship = Relationship
field-relationshiptopartner = Relationship to partner
field-allowdelegatedaccess = Delegated access allowed
field-associatedpartnerid = Associated partner ID
field-usercredentials = User credentials
field-passwordprofile = Password profile
field-password = Password
field-forcechangepassword = Change password at next sign-in
field-companyprofile = Company profile
field-billingprofile = Billing profile
field-defaultaddress = Default address
field-address = Address
field-addressline1 = Address line 1
field-addressline2 = Address line 2
field-addressline3 = Address line 3
field-city = City
field-state = State
field-address-state = State or province
field-region = Region
field-country = Country/region
field-postalcode = Postal code
field-email = Email
field-emailaddress = Email
field-phonenumber = Phone number
field-culture = Culture
field-language = Language
field-companyname = Company name
field-organizationregistrationnumber = Organisation registration number
field-qualification = Qualification
field-spendingbudget = Spending budget
field-spendinglimit = Spending limit
field-name = Name
field-title = Title
field-description = Description
field-duration = Duration
field-relationshipname = GDAP relationship
field-relationshipid = GDAP relationship ID
field-unifiedroles = Roles
field-roles = Roles
field-roledefinitionid = Role definition ID
field-rolename = Role
field-accessdetails = Access
field-accesscontainer = Security group
field-addedlicenseskuid = Licence added (SKU ID)
field-removedlicenseskuid = Licence removed (SKU ID)
field-licensestoassign = Licences to assign
field-licensestoremove = Licences to remove
field-licensewarnings = Licence warnings
field-excludedplans = Service plans left out
field-skuid = SKU ID
field-clientsecret = Client secret
field-keyid = Key ID
field-applicationname = Application name
field-invoiceid = Invoice ID
field-transferid = Transfer ID
field-policyname = Policy name
field-devicename = Device name
field-serialnumber = Serial number
field-client = Client
field-pricing = Pricing
field-resourceoldvalue = Old value
field-resourcenewvalue = New value
field-participants = Participants
field-customizeddata = Additional information
field-eventtype = Event type
field-agreementtype = Agreement type
field-agreementid = Agreement ID
field-policyid = Policy ID
field-migrationid = Migration ID
field-creditid = Credit ID
field-referralid = Referral ID
field-applicationid = Application ID
field-appid = Application ID
field-partneruserid = Partner user ID
field-memberid = User ID
field-memberuserprincipalname = User principal name
field-batchid = Batch ID
field-deviceid = Device ID
field-sourcesubscriptionid = Original subscription ID
field-targetsubscriptionid = New subscription ID
field-targetofferid = New offer ID
field-targetoffername = New offer
field-upgradetype = Upgrade type
field-accessassignmentid = Access assignment ID
field-accesscontainerid = Security group ID
field-accesscontainertype = Access container type
field-granularadminrelationshipid = GDAP relationship ID
field-enddatetime = End date
field-vettingstatus = Vetting status

## values

value-billingcycle-monthly = Monthly
value-billingcycle-annual = Annual
value-billingcycle-biennial = Every two years
value-billingcycle-triennial = Every three years
value-billingcycle-onetime = One-time
value-billingcycle-none = None
value-billingcycle-unknown = Unknown
value-status-active = Active
value-status-suspended = Suspended
value-status-deleted = Deleted
value-status-pending = Pending
value-status-expired = Expired
value-status-disabled = Disabled
value-status-completed = Completed
value-status-cancelled = Cancelled
value-status-canceled = Cancelled
value-status-approved = Approved
value-status-terminated = Terminated
value-status-none = None
value-switch-true = on
value-switch-false = off
value-truth-true = yes
value-truth-false = no
value-relationship-reseller = Reseller
value-relationship-advisor = Advisor
value-relationship-none = None
value-transactiontype-new = New
value-transactiontype-renew = Renewal
value-transactiontype-userpurchase = User purchase
value-transactiontype-systempurchase = System purchase
value-transactiontype-systembilling = System billing
value-qualification-education = Education
value-qualification-governmentcommunitycloud = Government Community Cloud
value-qualification-none = None
value-agreementtype-microsoftcustomeragreement = Microsoft Customer Agreement
value-agreementtype-microsoftcloudagreement = Microsoft Cloud Agreement
value-billingtype-license = Licence
value-billingtype-usage = Usage
value-billingtype-none = None
value-unittype-licenses = Licences
value-unittype-license = Licence
value-unittype-usagebased = Usage-based
value-unittype-none = None

## durations

value-years =
    { $n ->
        [one] { $n } year
       *[other] { $n } years
    }
value-months =
    { $n ->
        [one] { $n } month
       *[other] { $n } months
    }
value-weeks =
    { $n ->
        [one] { $n } week
       *[other] { $n } weeks
    }
value-days =
    { $n ->
        [one] { $n } day
       *[other] { $n } days
    }
value-hours =
    { $n ->
        [one] { $n } hour
       *[other] { $n } hours
    }
value-minutes =
    { $n ->
        [one] { $n } minute
       *[other] { $n } minutes
    }
value-seconds =
    { $n ->
        [one] { $n } second
       *[other] { $n } seconds
    }
gap-later = { $length } later
gap-earlier = { $length } earlier
