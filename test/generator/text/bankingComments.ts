/** What the bank's clerks wrote about `banking/intent`. Written by hand. */
import { lines } from './lines.js';

export const ownWords = lines(`
that is not one of our codes
makes up its own names for things
I need card_arrival, not "inquiry about plastic"
ten intents on the list and it picks an eleventh
a description, not a code
nice summary but the queue needs the code from the list
it invents a category every time
Which of the ten is it?
not on the list
please only the codes that we have
"Customer is concerned" - so am I
had to translate its words into our intent by hand
different words for the same thing each time, can't filter on that
our system does not know "delivery trouble"
use the list!!
where's the underscore
the intent name please, as it stands in the manual
it writes prose
no code again
Call it what we call it
free text where a label belongs
what do I do with "monetary matter"
made up a label
i can't pick "Refund Issue" in the menu, it isn't there
it's like asking a poet
The code. Only the code.
`);

export const mixedUp = lines(`
mixed up pending and not received
this is the cash machine, not a card payment
says arrival, the customer asks how long it takes
no, declined is not the same as broken
wrong queue
a refund is not a transfer
confuses payment and withdrawal
wrong again
timing and arrival are two things
`);

export const clerksPraise = lines(`
right
understood it better than I did
good
ok
that's what she meant, yes
fine
clear
helpful for the odd ones
`);
