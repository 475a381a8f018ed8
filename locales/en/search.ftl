# The search box: what of it was not understood
search-fault-unknown-filter = There is no filter named “{ $text }”. Did you mean “{ $meant }”? To search for the text itself, put it in quotation marks.
search-fault-empty-filter = “{ $text }” has no value. Write one right after the colon, like customer:contoso.
search-fault-dates = “{ $text }” is not a date. Write a day, a month, a year or a range, like date:2024-05-31, date:2024-05 or date:2024-05..2024-06.
search-fault-quantity = “{ $text }” is not a quantity. Write a whole number or a range, like qty:25, qty:>100 or qty:5..10.
search-fault-reversed = “{ $text }” begins after it ends. Write the smaller or earlier end first.
search-fault-too-many-parts = A search can have 64 conditions. Those from “{ $text }” on were left out: remove some of the others.
search-fault-too-long = A search can have 4,096 characters. What follows was left out: shorten it.
error-too-long-title = This took too long
error-too-long-text = The search was broken off so that it keeps nobody else waiting. Nothing is lost.
error-too-long-remedy = Choose fewer days or add another word, then try again.
