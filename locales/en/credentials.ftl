# Partner accounts: how they get at Partner Center, and a user's consent.

access-title = Access to Partner Center
access-way = Credentials
access-app-only = App-only: the application alone
access-delegated = App+User: on behalf of a user who consented
access-user = Consented
access-obtained = Consent given
access-used = Last renewed
access-lapses = Lapses unless renewed by
access-token = Last access token
access-lapsing = Nothing has been collected with this consent for more than 60 days. Microsoft Entra forgets it on { $at }: collect, or connect again before that.
consent-how = Connect with a user's consent
consent-lead = App-only needs no consent and suits most partners. Use a user's consent (App+User) where your policy demands it:
consent-step-redirect = In the Microsoft Entra admin center open App registrations, the application, Authentication, platform Web, and register this redirect URI:
consent-step-permission = Under API permissions add Microsoft Partner Center, user_impersonation, and grant admin consent.
consent-step-user = Choose Connect with consent, and sign in with multifactor authentication as a user who is an admin agent in Partner Center.
consent-connect = Connect with consent
consent-forget = Take consent away
consent-connected = Connected. The consent is stored sealed; collecting with it has begun.
consent-disconnected = The consent was taken away here. In Microsoft Entra it can be revoked under Enterprise applications, the application, Permissions.
consent-refused-title = The account was not connected
consent-not-under-way = This answer belongs to no consent that was begun in this session, or it came too late, or it was used already.
consent-not-under-way-remedy = Begin again on the page Partner accounts, in this browser, and finish within ten minutes.
