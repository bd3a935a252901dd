/** What people wrote about the other prompts. Written by hand. */
import { lines } from './lines.js';

/** `support/answer` v2: it begins with Adam and Eve. */
export const answerTooLong = lines(`
too long, didn't read
I asked how many days. I got the history of your company.
where is the actual answer
way too much text for a yes or no question
The number I needed was in the last line.
lost me at "the background of our policy"
I don't need every option, I need mine
so much reading to find out that it's 45 days
could be one sentence
long winded
do you pay it by the word?
scrolled and scrolled
It explained four things I didn't ask and forgot the one that I did
too much detail
my phone screen isn't that big
please get to the point
answer first, waffle later
why tell me about Norway, I'm in Fife
an essay about refunds. when is mine??
I have dyslexia, this is a wall of text
The old answers were short and good, what happened
TL;DR
read it twice and still don't know the price
it used to be two lines
Very thorough, very tiring
half of it has nothing to do with my question
far too long for a chat
Just tell me!!
you lost me at related topics
wordy
Started with why you have a policy. I know why you have a policy.
I was standing outside in the rain with the funnel in my hand, reading all this
way way way too long
had to read it out to my mother, she fell asleep
great lot of words for "no"
more than I wanted to know about frost
The answer is correct. It's also the length of a sermon.
shorter please
Do I have to read all that?
ok but why so long
too long
Too long!
way too long
too much text
much too wordy
answer is too long
so long...
too detailed
shorter would be better
very long and I still had to ask
too long for me
too many words
`);

/** `support/answer`, either version: it does not say. */
export const answerMisses = lines(`
doesn't say what it costs
that's not what I asked
I know it's covered, I asked HOW to claim
so where do I find the label
it says a person will write. nobody has
no answer for the Isle of Man
would have liked a link
The bit about the islands is wrong, my island has a bridge
what about if it was a present
didn't help, called instead
ok and the batteries?
I asked two things, got one
it says lift the funnel. which one is the funnel
not helpful
I wanted to talk to a human
says working days, is Saturday one?
your courier told me something else
No word about the seed packet
doesn't answer the question
`);

export const answerPraise = lines(`
Clear, thank you
that was quick
Perfect, found the label in the lid
exactly what I needed
great
thanks, light is green now
45 days, brilliant, thank you
short and sweet
it was the leaf. it's always the leaf
Better than most shops
helpful
good answer
Thank you, I hadn't thought of that
nice to get a straight answer
very good
sorted in a minute
No fuss. Thanks
that did it
I like that you cover frost
ok thanks
works now!!
excellent service from a shed
cheers
exactly, and polite with it
Super
thanks pal
My spider may stay, good
wonderful
kind and to the point
the only support chat I have ever liked
Danke!
ok good
`);

export const orderPraise = lines(`
spot on
found it in all that mess
saves me ten seconds every time
yes
always right so far
great little thing
good
perfect, straight into the search box
even ignored the phone number
love it
works
exactly the number, nothing else. could the other one do that too?
👍
right
quick
it just works
handy
correct again
no complaints
`);

export const orderComplaints = lines(`
two orders in there, it only gave the first
that is the invoice number
there was no order number and it made one up!
missed a digit
customer wrote it without the hyphen and it found nothing
took the number from the quoted mail, not the new one
`);

export const summaryPraise = lines(`
just what I needed before my shift
good summary
nothing left out
saved me reading 14 mails
nice and short
accurate
`);

export const summaryComplaints = lines(`
forgot that we had promised Thursday
says the customer is happy. she isn't
left out the amount
mixed up who said what
too vague, what is still open?
`);
