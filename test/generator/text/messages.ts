/** Messages to the desk, one grammar a team: a sentence with slots, now and then something before and after it. */
import { lines } from './lines.js';

export const slots: Record<string, string[]> = {
  product: ['Rook', 'Worm', 'Perch', 'station', 'weather station', 'soil probe', 'display', 'starter set'],
  part: ['rain funnel', 'wind cup', 'pole', 'wall bracket', 'charger', 'screen', 'solar panel', 'base plate', 'battery door'],
  place: [
    'Skye',
    'Jersey',
    'Dundee',
    'the Isle of Man',
    'Cork',
    'Shetland',
    'Bristol',
    'Utrecht',
    'Swansea',
    'Lewis',
    'Bergen',
    'Kent',
    'Inverness',
  ],
  person: [
    'my son',
    'my mother',
    'our treasurer',
    'my neighbour',
    'my wife',
    'the head gardener',
    'our club',
    'my flatmate',
    'my dad',
    'the new owner',
  ],
  day: ['Monday', 'Tuesday', 'Thursday', 'Friday', 'Saturday', 'Sunday', 'the 2nd', 'the 14th', 'the 28th', 'Wednesday'],
  span: ['four days', 'nine days', 'a fortnight', 'three weeks', 'a month', 'a week and a half', 'ages', 'ten days'],
  amount: ['£4.50', '£9', '£45', '£39', '£149', '£14', '£228', 'twelve pounds', '£26.25'],
  reading: ['temperature', 'humidity', 'wind speed', 'rainfall', 'soil moisture', 'air pressure'],
  device: ['my iPhone', 'an old iPad', 'the Android app', 'my laptop', 'a Pixel', 'the web page', 'a borrowed phone'],
  shop: ['the garden centre', 'the allotment society', 'the school', 'our parish hall', 'the hotel', 'the vineyard'],
};

export const openers = lines(`
Hi,
hello
Good morning,
Hi there.
Dear all,
sorry to bother you again
Evening,
Quick one:
Hello Isla,
Me again.
To whom it may concern:
hey
Right.
`);

export const closers = lines(`
Thanks
thank you!
Please advise.
Any idea?
Regards, J. Muir
cheers
This is the second time I ask.
No hurry.
I'd be grateful for a quick answer.
Not impressed.
Ta
Many thanks, Morag
Help!
Best, Tom
It is rather urgent.
xx Nan
What do I do now?
`);

export const byTeam: Record<string, string[]> = {
  billing: lines(`
I was charged {amount} on {day} and I don't know what for
there are two payments of {amount} on my statement for one {product}
When will I get the money back for the {product} I returned on {day}?
I stopped the Almanac on {day} but {amount} went out again
could I have a proper invoice for the {product}, made out to {shop}
My card was refused although there is plenty on it
The voucher {person} gave me was not taken off the price
You promised me a refund of {amount}, it has been {span}
why did the price of the {product} change between basket and receipt
Can {shop} pay on account, thirty days?
please take my old bank card off the subscription and use the new one
the receipt says {amount}, my bank says more
I have paid for the {product} but the page still says unpaid
Do we get a discount if {shop} takes ten of them?
I'd like to pay for a whole year of Almanac in one go
My free trial ended and I was billed {amount} without a word
you refunded the wrong card, the old one was closed {span} ago
is the VAT on the {product} included or does it come on top
{person} and I have both been charged for the same {product}
The direct debit bounced, can I pay {amount} some other way?
Could you tell me what the charge of {amount} on {day} was for
I'd like to stop paying for the Almanac from next month
{person} paid with a gift card and has {amount} left on it, can that be refunded
Our bookkeeper needs every invoice since {day} again
Why am I paying for two gardens, we only have one
You took the money for the {product} before it was even in stock
can I pay the rest of the {product} next month
the price on the invoice for {shop} leaves out the discount we agreed
I've asked my bank to reverse the {amount}, please do not send reminders
what is the yearly price if I add {person}'s garden
`),
  shipping: lines(`
my {product} was meant to come on {day} and it hasn't
The tracking has said the same thing for {span}
how long does a parcel to {place} take
Do you send the {product} to {place}?
the box was wet through and the {part} is snapped
you sent a {product} and I ordered something else entirely
I gave the wrong house number, has the {product} left already?
Can the parcel go to {person} instead, I'm away from {day}
The courier says the address in {place} does not exist. It does, I live in it.
only half of my order has turned up, the {part} is not in the box
I need a returns label for the {product}
delivered to next door on {day} but next door is empty
What would express to {place} be and would it come before {day}?
the parcel went back to the depot in {place} before I could fetch it
customs in {place} are keeping my {product}
Where do I hand in the box I am sending back?
It was left outside in the rain on {day}, without a card
Could I fetch the {product} myself, I'm near Leith on {day}
My replacement {part} has not been posted yet, it has been {span}
nobody rang the bell, and now it says delivery failed
Parcel for {place}, ordered on {day}, is there any news
The {product} arrived with a cracked {part}
please send it to {shop} and not to my house
How do I arrange for the courier to come for my return?
I was sent two of the {product} and ordered one
Is it possible to have it delivered on {day}? I have taken the day off
your courier wants to know if the box may go on a boat to {place}
it says signed for, but nobody at {shop} signed for anything
The label you sent me for the return will not print
We have been waiting for the {product} for {span} and the season is over
`),
  account: lines(`
I can't sign in since {day}
the password reset mail does not come through on {device}
Please change my e-mail, I've left {shop}
how do I let {person} see our garden without giving away my password
I'd like my profile deleted
there are two profiles in my name, one from {day}, please make them one
I bought a second hand {product} and it is still tied to the last owner
The code you text me goes to a phone that I no longer have
my name is spelled wrong in the profile
Who is signed in as me? I got a warning on {day}
please send me everything you know about me
I'd like to take {person} off our shared garden
locked out after five tries, and that was {span} ago
Can I sign in with Google and a password both?
unsubscribe me from the newsletter but leave my login alone
{person} died and I look after the garden now, how do I take over the profile
the invitation for {shop} says it is no longer valid
It won't take my new password on {device}
I want to hide where my garden is from other people
our admin at {shop} has left and nobody can get in
how do I change the name that the garden goes by
my new phone won't take the sign in code
please move the {product} from {person} to me, we share a garden no more
I typed my e-mail wrong when I signed up
is it possible to have a second admin for {shop}
It keeps asking me to confirm an address that I no longer use
I want my data, all of it, in a file
someone at {shop} knows the password and shouldn't any more
close my profile from {day} on please
why am I asked for my birthday to sign in
`),
  technical: lines(`
The {reading} has not moved for {span}
{reading} is far too high since {day}, nobody here believes it
the {product} doesn't connect to our wifi any more
How do I pair the {product} with {device}?
the app closes itself on {device}
My {product} went dead on {day}, new batteries don't help
The {part} came loose in the storm, how do I fix it back on
Is there a way to read the {reading} from my own program?
The {product} says offline but everything else in the house works
how far from a wall should the {product} stand
the update has been at the same percentage for {span}
no graph for {reading} since {day}
The screen of the {product} is blank in the mornings and fine at noon
Does the {product} work below freezing?
it shows Fahrenheit on {device} and I can't make it stop
The alarm for {reading} goes off for no reason
Where do I find the export of the {reading}?
the {product} forgets the time whenever I change the batteries
moss in the {part}, will that spoil the readings?
Our {product} at {shop} loses the signal whenever the mower goes by
what does the red light on the {product} mean
The {reading} on the display and on {device} are not the same
My {product} has been beeping since {day}
Can I put the {product} on the roof of {shop}
{person} painted the {product} green, does that matter for the {reading}
batteries of the {product} last {span}, that can't be right
is there a way to see the {reading} of last year next to this year's
Wifi at {shop} needs a page to log in to, can the {product} do that
after the storm on {day} the {part} points the wrong way
The forecast says sun and it pours, is my {product} set to the wrong place
`),
};
