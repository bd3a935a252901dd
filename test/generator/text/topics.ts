/** What customers ask the answering prompt: the passage that the search finds, ways to ask, and an answer of each version. */
interface Topic {
  document: string;
  /** Runners-up of the search. */
  others: string[];
  passage: string;
  questions: string[];
  /** As v1 answers: the fact first. */
  short: string[];
  /** What v2 puts before it. */
  background: string;
  /** What v2 puts after it. */
  related: string;
}

export const topics: Topic[] = [
  {
    document: 'docs/delivery.md#islands',
    others: ['docs/delivery.md#next-day', 'docs/delivery.md#collect'],
    passage: 'Northern Ireland, the islands, the Highlands: 4 to 5 working days, free.',
    questions: [
      'how long to Skye',
      'When would a parcel get to Shetland if I order today?',
      'do you charge extra for the Highlands',
      'delivery to Rathlin?',
      'I live on Barra. How many days?',
    ],
    short: ['It takes 4 to 5 working days and is free.', 'To the islands and the Highlands it is 4 to 5 working days, without a charge.'],
    background:
      'Our deliveries start in Leith, where we pack every order by hand from Monday to Friday, and the way from there depends on the boats.',
    related: 'There is no next-day delivery to the islands. On the mainland it would be £7, and you can also collect from the shed.',
  },
  {
    document: 'docs/delivery.md#europe',
    others: ['docs/delivery.md#islands', 'docs/returns.md#label'],
    passage: 'Ireland and the rest of the EU: 5 to 8 working days, £9, duties included.',
    questions: [
      'what does delivery to Cork cost',
      'Do I pay customs in the Netherlands?',
      'Shipping to Hamburg, how long and how much?',
      'any duties for france?',
      'Can you send two stations to Galway in one box and what is it',
    ],
    short: ['It is £9 and takes 5 to 8 working days; duties are included.', '£9, duties included, 5 to 8 working days.'],
    background: 'Since the rules changed we pay duties at our end, so that nobody has to go to a customs office with a form.',
    related: 'Norway and Switzerland are £14. If an officer asks you for money all the same, do not pay, and send us the letter.',
  },
  {
    document: 'docs/delivery.md#lost',
    others: ['docs/delivery.md#address', 'docs/delivery.md#islands'],
    passage:
      "A parcel that has not moved for five working days counts as lost. We send a new one; nobody has to wait for the courier's inquiry.",
    questions: [
      'tracking stuck since last week, now what',
      "My parcel is lost, isn't it?",
      'nothing has moved for six days',
      "Courier can't find my box. Do I have to wait for them?",
    ],
    short: [
      'After five working days without a move it counts as lost and we send a new one.',
      'It counts as lost now. We send a new one and you need not wait for the courier.',
    ],
    background: 'Parcels pass through three depots, and each of them scans a label once, which is why the tracking sometimes rests.',
    related: 'If the old parcel turns up later, refuse it or write to us. An address can only be changed before the parcel has left.',
  },
  {
    document: 'docs/returns.md#days',
    others: ['docs/returns.md#refund', 'docs/warranty.md#years'],
    passage: 'You have 45 days from the day it arrives. Opened is fine, muddy is fine, as long as it works.',
    questions: [
      'can I still return it after a month',
      'How long do I have to send the Perch back?',
      'box is open, can it go back',
      'return policy??',
      'It has been in the garden for two weeks. Will you take it back muddy?',
    ],
    short: ['Yes: you have 45 days from the day it arrived, opened or not.', 'You have 45 days, and muddy is fine as long as it works.'],
    background: 'We began with thirty days, and then found that people like to see one full moon and one storm before they decide.',
    related:
      'Returns inside the United Kingdom are free, from elsewhere we pay half. Seed packets cannot be returned. There is no restocking fee.',
  },
  {
    document: 'docs/returns.md#label',
    others: ['docs/returns.md#days', 'docs/returns.md#refund'],
    passage: 'The label for sending it back is in the lid of the box. Lost it? We send another by e-mail.',
    questions: [
      'where is the return label',
      'I threw the box away with the label',
      'Need a label to send the probe back',
      'How do I send it back then?',
    ],
    short: [
      'It is in the lid of the box. If it is gone, we send another by e-mail.',
      'Look in the lid of the box; a lost one we replace by e-mail.',
    ],
    background: 'We print the label with the order, because printers at home are never there when they are needed.',
    related: 'You have 45 days, and refunds take five working days once the parcel is in Leith. From abroad we pay half of the postage.',
  },
  {
    document: 'docs/returns.md#refund',
    others: ['docs/returns.md#days', 'docs/almanac.md#cancel'],
    passage:
      'Refunds go back the way they came, within five working days of the parcel reaching Leith. Banks add up to three days of their own.',
    questions: [
      'when do I get my money',
      'You have had the box since Monday. Refund?',
      'will the refund go to my card',
      'Refund time please',
      'how long does a refund take with PayPal',
    ],
    short: [
      'Within five working days of the parcel reaching us; your bank may add three.',
      'Five working days from when it reached Leith, to the card or account that you paid with.',
    ],
    background: 'Every parcel that comes back is opened, dried and tried on the bench before anything else happens.',
    related: 'Gift cards are topped up instead. Where a fee was taken off, write to us, for there is no restocking fee.',
  },
  {
    document: 'docs/warranty.md#weather',
    others: ['docs/warranty.md#years', 'docs/care.md#winter'],
    passage: 'Covered for three years. Frost, hail, gulls and rain are covered. A weather station that cannot stand weather is not one.',
    questions: [
      'hail broke the wind cup',
      'Is frost damage covered?',
      'A gull sat on it. It is bent.',
      'water got in, is that warranty',
      'how long is the warranty on the Rook',
    ],
    short: [
      'Yes, that is covered: three years, weather and gulls included.',
      'It is covered for three years, and that includes frost, hail and gulls.',
    ],
    background: 'When we started, other makers covered everything but the weather, which we found odd.',
    related: 'Mowers, dogs and opening the case are not covered. Batteries that last under a year count as a fault.',
  },
  {
    document: 'docs/warranty.md#not',
    others: ['docs/warranty.md#weather', 'docs/care.md#parts'],
    passage: 'Not covered: lawn mowers, dogs, and opening the case. We still sell every part, and the parts page says which screwdriver.',
    questions: [
      'the dog got it',
      'mowed over the probe, free replacement?',
      'I opened the case to look. Still under warranty?',
      'My goat ate the cable. Covered?',
    ],
    short: [
      'That is not covered, but every part can be bought on the parts page.',
      'Not covered, I am afraid. The parts page has what you need, and which screwdriver.',
    ],
    background: 'Our warranty is about the station and the sky, and leaves out what lives or drives in the garden.',
    related: 'Frost, rain, hail and gulls are covered for three years. Parts leave within two working days.',
  },
  {
    document: 'docs/almanac.md#price',
    others: ['docs/almanac.md#renew', 'docs/almanac.md#garden'],
    passage: 'The Almanac is £4.50 a month or £45 a year.',
    questions: ['what is almanac per year', 'How much is the subscription?', 'is it cheaper if I pay yearly', 'price of the almanac pls'],
    short: ['£4.50 a month or £45 a year.', 'It is £45 a year, or £4.50 a month.'],
    background: 'The Almanac pays for the computers that make a forecast for each plot, and for the seeds.',
    related: 'It has older readings and a seed packet four times a year. A second garden is £2 a month more. You can stop at any time.',
  },
  {
    document: 'docs/almanac.md#cancel',
    others: ['docs/almanac.md#price', 'docs/account.md#delete'],
    passage: 'Cancel at any time under Profile, Almanac, Stop. It runs until the end of what is paid for.',
    questions: ['how do I cancel', 'Stop my subscription please', 'where can I end the almanac', 'If I cancel today, do I lose it today?'],
    short: [
      'Under Profile, Almanac, Stop; it then runs to the end of what is paid for.',
      'Choose Stop under Profile, Almanac. You keep it until the paid time is over.',
    ],
    background: 'We do not like subscriptions that hide the door, and so ours is three taps away.',
    related: 'Stopping a yearly plan early brings back the unused months. Readings of the last 30 days stay free for ever.',
  },
  {
    document: 'docs/account.md#reset',
    others: ['docs/account.md#email', 'docs/account.md#share'],
    passage: 'A reset link is valid for one hour. After five wrong passwords the profile rests for thirty minutes.',
    questions: ['reset link expired', 'Locked out, how long?', 'too many attempts??', 'the link in the mail does not work any more'],
    short: [
      'A reset link is valid for one hour; ask for a new one and use it at once.',
      'The profile rests for thirty minutes after five wrong passwords, then try again.',
    ],
    background: 'Gardens say a good deal about where people live, so we are careful with the door.',
    related: 'The e-mail address can be changed under Profile, Sign-in. Each person can have a sign-in of their own for the same garden.',
  },
  {
    document: 'docs/account.md#share',
    others: ['docs/account.md#release', 'docs/account.md#reset'],
    passage: 'Gardens can be shared: Profile, Gardens, Invite. Each person has a sign-in of their own. An invitation is valid for 14 days.',
    questions: [
      'can my husband see it too',
      'How do I add someone to the garden',
      'two people one garden?',
      "invite link doesn't work after three weeks",
    ],
    short: [
      'Yes, under Profile, Gardens, Invite; the invitation is valid for 14 days.',
      'Invite them under Profile, Gardens. Everyone has a sign-in of their own.',
    ],
    background: 'Most gardens have more than one gardener, and shared passwords end in tears.',
    related: 'To hand a station over for good, choose Release instead. The old readings stay with you.',
  },
  {
    document: 'docs/care.md#wifi',
    others: ['docs/care.md#pair', 'docs/care.md#reach'],
    passage: 'The Rook needs Wi-Fi on 2.4 GHz. It does not see 5 GHz networks.',
    questions: ['does it do 5ghz', 'New router and now it is gone', 'Which wifi does the Rook need?', "can't find my network in the list"],
    short: ['It needs 2.4 GHz; it cannot see a 5 GHz network.', 'The Rook only sees 2.4 GHz networks, so switch that on at the router.'],
    background: 'The slower band goes through walls and hedges much better, and a thermometer does not need the faster one.',
    related: 'The reach to the Perch is 60 metres in the open and about 20 through stone. A blinking blue light means that it is looking.',
  },
  {
    document: 'docs/care.md#pair',
    others: ['docs/care.md#wifi', 'docs/care.md#reach'],
    passage:
      'Hold both buttons for five seconds until both lights are green. A blinking blue light means that it is looking for the network.',
    questions: ['blue light blinking', 'how to pair', "The Perch doesn't find the station", "it won't connect to the display"],
    short: [
      'Hold both buttons for five seconds, until both lights are green.',
      'Blinking blue means that it is looking. Hold both buttons for five seconds until both are green.',
    ],
    background: 'Station and display are introduced to each other in the shed, and forget it now and then on the journey.',
    related: 'It needs 2.4 GHz. Through stone walls the reach is about 20 metres, in the open 60.',
  },
  {
    document: 'docs/care.md#rain',
    others: ['docs/warranty.md#weather', 'docs/care.md#place'],
    passage:
      'A rain gauge that shows nothing usually has a leaf in the funnel. Lift the funnel, rinse the spoon, put it back until it clicks. Spiders do no harm.',
    questions: [
      'no rain shown but it rains',
      'rain gauge stuck on 0',
      'The gauge says nothing since the storm',
      'there is a spider in the funnel',
    ],
    short: [
      'There is probably a leaf in the funnel: lift it, rinse the spoon, and put it back until it clicks.',
      'Lift the funnel, rinse the spoon and click it back. A spider does no harm.',
    ],
    background: 'Rain is measured by a small spoon that tips over, which has been the way since Sir Christopher Wren.',
    related: 'If it still shows nothing, it is covered for three years. Stand the station two metres up and away from walls.',
  },
  {
    document: 'docs/care.md#export',
    others: ['docs/care.md#place', 'docs/almanac.md#price'],
    passage:
      'Readings go out as a spreadsheet under History, Export. There is a local address for Home Assistant under Profile, Developers.',
    questions: [
      'can I get a csv',
      'Does it work with Home Assistant?',
      'How do I get the readings of October into Excel',
      'is there an api',
    ],
    short: [
      'Under History, Export as a spreadsheet; for Home Assistant see Profile, Developers.',
      'Yes: History, Export. The local address is under Profile, Developers.',
    ],
    background: 'The readings are yours, and we have never seen a reason to lock them up.',
    related: 'Without the Almanac you can export the last 30 days, with it everything. The local address works without the internet.',
  },
];
