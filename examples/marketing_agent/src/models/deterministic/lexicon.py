"""What marketers' words mean: metrics, groups, and the cues by which an intent is known. Add wordings here."""

from __future__ import annotations

from dataclasses import dataclass

from src.models.deterministic.language import Cues, Phrases, lemma, phrases


@dataclass(frozen=True, slots=True)
class Metric:
    name: str
    """Key in the results of `compute_kpis`."""
    label: str
    """How answers call it."""
    unit: str
    """Unit of a claim; `money` is the account's currency."""
    lower_is_better: bool = False
    ratio: bool = True
    """Whether the tools give it as `{value, low, high}`."""
    stands_in: str = ""
    """The metric that is tested and searched for changes in its place, where the tools do not take it."""


METRICS = {
    metric.name: metric
    for metric in (
        Metric("ctr", "CTR", "%"),
        Metric("cvr", "CVR", "%"),
        Metric("cpa", "CPA", "money", lower_is_better=True),
        Metric("cpc", "CPC", "money", lower_is_better=True),
        Metric("roas", "ROAS", "x"),
        Metric("cost", "spend", "money", ratio=False),
        Metric("revenue", "revenue", "money", ratio=False),
        Metric("conversions", "conversions", "conversions", ratio=False),
        Metric("clicks", "clicks", "clicks", ratio=False, stands_in="ctr"),
        Metric("impressions", "impressions", "impressions", ratio=False, stands_in="ctr"),
        Metric("orders", "orders", "orders", ratio=False, stands_in="conversions"),
    )
}

METRIC_WORDS = Phrases(
    {
        "ctr": "ctr, click through rate, clickthrough rate, click rate, click through, clickthrough, rate of clicks",
        "cvr": """
            cvr, conversion rate, converting rate, conv rate, rate of conversion, rate of conversions, purchase rate, cr, click to
            conversion rate, convert best, converts best, convert better, convert worst, convert the best, convert
        """,
        "cpa": """
            cost effective, cpa, cac, cpl, cpo, cheapest, acquisition/conversion cost, cost of acquisition, acquire a customer, cost to acquire,
            cost/price/spend/pay/paid per acquisition/conversion/order/lead/sale/customer/purchase/action/signup,
            cost/price/pay of/for a/an/one/each/every acquisition/conversion/order/lead/sale/customer/purchase/action/signup, cost us per acquisition/conversion/order/lead/sale/customer/purchase/action/signup,
            cost/price/spend/pay per new/acquired customer, cost/price/pay of/for a/one/each/every new/acquired customer,
            a/an/one/each/every acquisition/conversion/order/lead/sale/customer/purchase/action/signup cost, a/one/each new/acquired customer cost, a/an/one/each/every acquisition/conversion/order/lead/sale/customer/purchase/action/signup cost us,
            cheap/expensive/costly/cost/pay/spend/paid per acquisition/conversion/order/lead/sale/customer/purchase/action/signup, pay/paid/spend/cost the most/least per acquisition/conversion/order/lead/sale/customer/purchase/action/signup,
            pay/cost us the most/least per acquisition/conversion/order/lead/sale/customer/purchase/action/signup, cheap/cheapest/expensive/costly/priciest acquisition/conversion/order/lead/sale/customer/purchase/action/signup
        """,
        "cpc": """
            cpc, cost per click, pay/paid/spend/cost the most/least per click, expensive/cheap/costly/cheapest/priciest per click, pay for each click,
            price per click, click cost, click price, pay per click, cost of a click, a click cost, cheap click,
            cheapest click, expensive click, pay for a click, price of a click, each click cost, one click cost
        """,
        "roas": """
            roas, return on ad spend, return on advertising spend, return on spend, return on investment, roi, ad return, return on
            advertising, revenue per euro, return per euro, return, profitable, profitability, return on budget, return on our spend,
            return on our ad spend, return for our money, bang for the buck, revenue per dollar
        """,
        "cost": """
            budget go, budget be spent, budget was spent, budget be used, eat/eats/eating/swallow/swallows our/the/most/up budget/of/our, eats most of our budget, spend, spending, ad spend, cost, costs, expenditure, outlay, expense, expenses, money go, pay, spender, money spent, media
            spend, advertising spend, adspend, burn
        """,
        "revenue": "revenue, turnover, income, earnings, earn, sales value, conversion value, sales, money in, sell",
        "conversions": "conversion, conversions, acquisition, purchases, purchase, conv, convs, converted",
        "clicks": "click, clicks",
        "impressions": "impression, impressions, ad views, views, the/our/total/unique/what reach, reach of, shown",
        "orders": "order, orders, shop orders",
    }
)

DIMENSION_WORDS = Phrases(
    {
        "channel": "channel, channels, platform, platforms, medium, media type",
        "campaign": "campaign, campaigns, ad campaign",
        "audience": "audience, audiences, segment, segments, customer group, target group, audience group",
        "creative": "creative, creatives, ad variant, variant, variants, ad, banner variant, headline, headlines",
        "date": "day, days, daily, date, day by day",
        "week": "week, weeks, weekly, week by week",
        "month": "month, months, monthly, month by month",
    }
)

CHANNEL_ALIASES = {
    channel: phrases(text)
    for channel, text in {
        "social": "facebook, instagram, meta, tiktok, paid social, social media, linkedin, socials",
        "search": "google, sem, paid search, adwords, google ads, bing, ppc",
        "video": "youtube, videos, video ads",
        "email": "newsletter, newsletters, mailing, mailings, mail, emailing, e mail",
        "display": "banner, banners, programmatic, display ads, gdn",
    }.items()
}
AUDIENCE_ALIASES = {
    audience: phrases(text)
    for audience, text in {
        "new": "prospect, prospects, prospecting, first time buyers, acquisition audience, strangers",
        "returning": "existing, loyal, repeat, retargeting, remarketing, current customers, come back",
    }.items()
}
AUDIENCE_NOUNS = frozenset(
    map(lemma, phrases("audience, buyer, client, customer, people, person, segment, shopper, subscriber, user, visitor"))
)

CUES = Cues(
    {
        "why": """
            any idea, nobody buys, no one buys, nobody converts, why, reason, reasons, cause, causes, caused, root cause, explain, how come, what happened, what happen, what drive, what
            drove, what be behind, blame, to blame, responsible, explanation, because of what
        """,
        "broken": """
            trouble, troubles, wrong, broken, break, broke, problem, problems, issue, issues, diagnose, diagnosis, fault, faulty, fails, go wrong, off with,
            the matter, failing, malfunction, troubleshoot, investigate, struggling, ill, sick, bug, suffer, suffering, fix, unhealthy,
            ailing, check up on, health check, need attention, needs attention, tracking gap, landing page, tracking broken, fatigue, bid
            inflation, worn out, fishy, underperforming because
        """,
        "reallocate": """
            best split, same total, same budget, same daily, same amount, total unchanged, unchanged total, out of the/our/all campaigns, out of these campaigns,
            deserve/deserves the/a/more, more money to, take … budget, take … money, give … money, budget increase, budget cut, plan … budget, plan … day, split … day, split … over, split … across, split … between,
            split … among, shift … day, put … day, set … day, spread … day, distribute … day, divide … day, daily budget for,
            extra per day, extra a day, extra euros, additional euros, more euros, reallocate, reallocation, allocate, allocation, redistribute, distribute, distribution, rebalance, budget split, split …
            budget, split … spend, split … money, divide … budget, divide … money, shift … budget, shift … spend, move … budget, move …
            spend, move … money, shift … money, split the, should … split, split it, put more money, spread … budget, spread … money,
            optimise, optimize, optimisation, optimization, best mix, media mix, budget mix, maximise, maximize, most out of, where should
            … spend, where should … put, where should … money, reassign, where should … budget, plan the budget, budget plan, use …
            budget, spend … budget, budget be split, budget proposal, how should … spend, how should … budget, how would you spend, best
            use of, cut … budget, raise … budget, increase … budget, decrease … budget, reduce … budget, lower … budget, double … budget,
            triple … budget, put … into, put … on, invest … in, reinvest, invest … more, move … to, shift … to, scale up, scale … spend,
            cut back, more budget, less budget, where … extra, proposed budget, extra … budget, additional budget
        """,
        "overspend": """
            no matter what, whatever it costs, exceed, exceeding, go over, go above, above … budget, over … budget, beyond … budget, beyond … limit, overspend, ignore …
            limit, ignore … limits, ignore … cap, ignore … caps, ignore … budget, no limit, without limit, bypass, regardless of … limit,
            regardless of … budget, regardless … cap, unlimited, blow … budget, break … limit, override, forget … limit, forget … budget,
            forget … cap, no matter … limit, no matter … budget, more than … limit, remove … cap, lift … limit, lift … cap, despite …
            limit, despite … cap, despite … budget, past … limit, raise … cap, more than … allowed, skip … limit, disregard … limit,
            disregard … budget, disregard … cap, over … limit, above … cap, over … cap, past … cap, above … limit, no cap, without … cap,
            without … caps
        """,
        "copy": """
            headline, tagline, slogan, ad copy, copy, wording, ad text, body text, brand rules, brand guidelines, brand guide, brand
            policy, policy check, allowed to say, may we say, can we say, on brand, brand safe, claim, call to action, ad line, publish,
            style guide, compliant, comply, subject line, text pass, approve, run this text, body, guidelines, phrasing, tone of voice,
            this text, this ad, this line, brand check, brand compliance
        """,
        "verify": "check, pass, review, ok, okay, fine, allowed, violate, break, comply, approve, acceptable, conform",
        "anomaly": """
            unusually, from when, when … stop, when … start, what date did, anomaly, anomalies, unusual, outlier, outliers, odd, strange, weird, spike, spikes, unexpected, abnormal, when did, when do,
            since when, change point, turning point, shift in, sudden, suddenly, irregular, jump, which day, what day, stand out, out of
            the ordinary, start to fall, start to drop, first day, peculiar, dip, start falling, start dropping, start rising, step
            change, irregularities, out of line, suspicious, out of pattern
        """,
        "real": """
            supported by, evidence, proof, prove, proven, real, really, significant, significance, statistically, noise, random, chance, luck, by chance, confident, confidence,
            meaningful, believe, convincing, p value, genuine, genuinely, trust, fluke, true difference, reliable, solid, coincidence, actually, just variance,
            statistical, be sure, enough data, ab test, a b test, split test, conclusive
        """,
        "change": """
            lift, boost, explode, gain, lose, lost, halved, doubled since, has/have moved, trend/trending/trends up/down, hold/held up, become, became, drop, fall, decline, decrease, rise, increase, grow, growth, improve, improvement, change, worsen, slump, deteriorate, go up,
            go down, went down, went up, up or down, better than, bad than, worse, plunge, climb, collapse, develop, difference, differ, different, move from, moved,
            get better, get worse, slip, soar, tank, up on, down on, shrink, lower than, higher than, more than the, less than the,
            recover, crash, surge, increased, down since, up since
        """,
        "compare": """
            compare, compared, comparison, versus, vs, against, relative to, than, difference between, outperform, beat, month over month,
            week over week, mom, wow, week on week, month on month, month to month, side by side, win, better or, differ, head to head, as
            opposed to, stack up, previous period, period over period, winner, winning
        """,
        "which": "which, what, who, where, rank, ranking, order by, sort, list, name",
        "best": """
            cost effective, best, top, on top, ahead, stronger, good, great, strongest, winner, most efficient, most effective, most successful, leader, outperform, efficient,
            effective, optimal, star, perform well, work well, works well, better, most profitable, profitable, winning, work hardest,
            most bang
        """,
        "worst": """
            worst, weakest, poor, poorest, bad, bottom, underperform, underperforming, least efficient, least effective, inefficient,
            waste, wasteful, lag, laggard, lagging, loser, losing, least profitable, unprofitable, weak, perform badly, drag, behind the
            rest, struggle, money pit, burn money
        """,
        "high": "high, highest, most, maximum, max, biggest, largest, greatest, expensive, costly, priciest",
        "low": "low, lowest, least, minimum, min, smallest, fewest, cheap, cheapest",
        "target": """
            target, targets, goal, goals, on track, objective, benchmark, hit our, miss our, kpi goal, supposed to be, aim, threshold,
            quota, should be at/below/above/under/over/around/least/most, must be, have to be, need to be, aim for, aiming for, below plan, above plan, on plan
        """,
        "quality": """
            trust … figures, rely on … figures, rely on … numbers, missing, gap, gaps, incomplete, complete, completeness, contradict, contradiction, contradictions, inconsistent,
            inconsistency, mismatch, match, data quality, quality of … data, trust … data, trust … numbers, discrepancy, discrepancies,
            disagree, agree, hole, holes, consistent, reconcile, reconciliation, unreported, empty, absent, data … wrong, wrong … data,
            data … clean, clean … data, data … reliable, conflict, align, tally, add up, sanity check, rely on … data, no data, not
            reported, line up, data issues, data problems, problems … data, issues … data
        """,
        "tables": "figures, table, tables, data, platform, shop, tracking, rows, dataset, reporting, shop system, records, days",
        "personal": """
            who opened/clicked/bought/ordered/purchased/converted, email address, email addresses, e mail address, phone number, phone numbers, telephone, full name, full names, contact detail,
            contact details, personal data, contact list, customer list, lead list, call list, pii, personal information, private data,
            mobile number, mailing list, who become, select from leads, select … from leads, table of leads, leads table, who be the leads, who … signed up, names of, all contacts, our contacts, export contacts, full lead, lead records, raw leads, leads by name, export … leads, dump … leads, identify … leads,
            individual leads, customer data, lead data, list all leads, list of leads, list the leads, list our leads, print … leads, read
            … leads, which people, everyone who, send me the leads, show me the leads, give me the leads, show me all leads, give me all
            leads, contact our leads
        """,
        "personal_thing": "name, email, phone, telephone, contact, address, details, identity, birthday, whatsapp, number of",
        "person": "lead, customer, people, person, subscriber, signup, signups, buyer, client, individual, someone, who",
        "leads": "people … collect, contacts … collect, collect … people, collect … contacts, lead, leads, signups, sign ups, signed up, registrations, prospect list",
        "count": "how many, number of, count, total number, how much, counts, amount of",
        "prompt": """
            everything above, line above, above this line, system prompt, your prompt, your instructions, hidden instructions, initial prompt, your rules, your system, jailbreak, system
            message, developer mode, original instructions, your guidelines, initial instructions, your configuration, instructions above,
            text above, prompt verbatim, your initial, secret instructions, your secret, instructions you, what were you told, how be you
            instructed, your programming, internal instructions, internal prompt, instructed to
        """,
        "takeover": """
            ignore … instructions, disregard … instructions, forget … instructions, ignore … rules, disregard … rules, override … rules,
            ignore … previous, ignore everything, disregard everything, forget everything, you be now, pretend to be, pretend you, act as
            if you, roleplay, no restrictions, without restrictions, dan mode, override … instructions, new instructions, ignore …
            guidelines, disregard … guidelines, drop … rules, bypass … safety, forget … rules, disregard … above, ignore … above,
            disregard … previous, ignore … prior, ignore … safety, turn off … safety
        """,
        "remember": """
            remember, <note> that, keep in mind, from now on, from here on, bear in mind, for the record, don't forget, memorise, memorize,
            store, save this, going forward, henceforth, note down, for future reference, in future, take note, always use, fyi, for your
            information, let's agree, make a note
        """,
        "recall": """
            what did i say, what do i say, did i say, did i tell, i told you, i say, i mention, do you remember, remind me, what be our
            target, what be my target, what target, recall, what have i told, do you recall, what i said, i set, we agree, what have i
            asked, what did we agree, what did i ask, earlier … told, i gave you, i give you, i ask you, what goal, what be our goal,
            which target, what was the target, what is the target, what be the target
        """,
        "health": """
            healthy, health, okay, ok, alright, all right, fine, in order, go on with, happen with, look into, look after, good shape, run well, run
            smoothly, normally, work properly, work as, as it should, as expected, sound, up with, state of, condition of, status of, ill, cause for concern, worry, worried, worrying, concerned
        """,
        "vague": """
            this one, that one, the other one, other one, this/that/the campaign, this/that channel, the two, two of them, both, both of them, these two, those
            two, pause it, stop it, end it, raise it, cut it, keep it
        """,
        "corrects": """
            wrong campaign, wrong channel, wrong one, my mistake, my bad, my error, i … mean, should be, correction, not that one, i be wrong, mixed
            up, scratch that, apologies, typo, misspoke
        """,
        "topic": """
            talk about, go through, look at, focus on, care about, interested in, discuss, restrict, limited to, all about, question be, questions about, concentrate on, stick to, turn to, deal
            with, all my questions, work on, speak about, dive into, only, just, stay with, zoom in, be about, start with, continue with
        """,
        "difference": """
            difference, differ, gap between, how much more, how many more, how much less, how many fewer, by how much, by how many, how far apart, a gap, gap be, gap between, how big/large/far, minus, subtract
        """,
        "together": "together, combined, altogether, in total, overall, whole account, entire account, all in all, taken together, total, in sum, sum of, aggregate, account wide",
        "refer": "it, that campaign, this campaign, that channel, this one, that one, them, its, they, there, the same, same",
        "also": "and, also, same for, what about, how about, now, again, instead, too, same question, then, as well",
        "summary": """
            overview, summary, summarise, summarize, performance, perform, performing, how … doing, how … going, report, state of, status,
            how … look, how … run, figures, numbers, kpis, kpi, results, recap, describe, tell … about, dashboard, big picture, wrap up,
            update, news, business, up to speed, should know, analyze, analyse, analysis, statistics, stats, insights, look like, rundown
        """,
        "schema": """
            what data, which data, what tables, which tables, what columns, data cover, date range, what period … cover, what do you have,
            which campaigns do we, what campaigns do we, list … campaigns, which campaigns be there, data available, which channels do we,
            which campaigns exist, what campaigns, how far back, campaigns do we run, channels do we use, campaigns do we have, channels
            do we have, audiences do we have, days … data, which days … cover, dates … cover, list … channels, list … audiences, daily
            budget limit, what be … budget, how much budget, what can you, can you do
        """,
        "trend": "trend, trending, over time, develop, development, evolve, evolution, trajectory, history, progress",
        "outside": """
            weekend, weekends, weekday, weekdays, write a/me/us/an, draft a/an/me/us, come up with, invent, create a/an, compose, weather, competitor, competitors, competition, forecast, predict, prediction, next month, next week, next year, next quarter,
            tomorrow, country, countries, region, city, device, devices, mobile, desktop, gender, age group, women, men, keyword,
            keywords, seo, organic, ltv, lifetime value, profit, margin, bounce rate, open rate, stock, poem, joke, song, capital of,
            president, market share, christmas, black friday, unsubscribe, time of day, hour of day, hour, hours, weather affect,
            inventory, salary, ceo, brand awareness, satisfaction, nps, churn, returns rate, refund, refunds, product, products, recipe,
            translate, browser, operating system, income level, industry average, industry benchmark, page speed, load time, followers,
            comments, video completion, viewability, quality score, postal code, language, android, iphone, ios, germany, france, younger,
            will be, going to be, 2025, 2027, 2028, last year, attribution model, customer lifetime, gross profit, order value, basket value, basket size, aov
        """,
        "noted": "ok, okay, noted, got it, understood, understand, perfect, great, cool, alright, all right, i see, fine, good, nice",
        "thanks": "thanks, thank you, hello, hi, good morning, hey, cheers, good afternoon, great job",
        "average": "average, mean, sum, total, min, max, minimum, maximum, median, count",
        "per_day": "a day, per day, daily, each day, every day",
        "pause": "pause, stop, switch off, turn off, shut down, kill, end the, drop the campaign, get rid of, discontinue",
        "share": "share, proportion, percentage of, what percent, how much of, fraction of, portion",
        "recommend": """
            recommend, recommendation, suggest, suggestion, advise, advice, should, what next, what to do, propose, next step, what can …
            do, what do … do, action, actions
        """,
    }
)

COMMON = frozenset(
    phrases("""
        about, above, after, again, against, along, already, although, always, amount, another, anybody, anything, aren't, around, asked,
        autumn, beans, because, become, conversation, conversations, before, began, behind, being, below, between, boots, both, brand, bring, brought, cannot, carry,
        cents, certain, change, check, clear, close, coffee, comes, could, couldn't, course, create, cross, crowns, daily, dates, didn't,
        display, doesn't, doing, dollars, don't, during, early, either, email, enough, entire, euro, euros, even, every, exact, exactly,
        example, except, final, finally, first, following, force, found, fresh, friday, from, front, fully, garden, general, generic, given,
        gives, going, great, greater, group, guess, hadn't, happen, happened, hasn't, haven't, having, heard, hello, helped, highly, house,
        however, hundred, improve, inside, instead, isn't, jacket, just, keep, known, large, later, latest, launch, leave, let's, letter,
        level, light, likely, limit, list, little, local, longer, looked, looking, lower, main, making, many, march, matter, maybe, mean,
        means, might, million, monday, money, month, months, more, most, mostly, much, must, need, needs, never, next, night, nothing,
        number, numbers, offer, offers, often, once, only, open, order, other, others, over, own, part, people, percent, percentage,
        perhaps, place, please, point, points, possible, pounds, present, press, pretty, price, product, prospecting, quick, quickly, quite,
        rates, rather, ratio, ready, really, retargeting, right, round, running, runs, sales, same, saturday, search, second, seems, seen,
        sent, several, shall, share, shirt, shirts, shoes, shopping, short, should, shouldn't, show, showed, shown, since, small, social,
        some, somebody, something, soon, sorry, sound, space, spring, start, started, state, still, stop, store, story, such, summer,
        sunday, take, taken, than, thank, that, that's, their, them, themselves, then, there, there's, these, they, they're, thing, things,
        think, third, this, those, though, thought, thousand, three, through, thursday, time, times, today, together, took, tools, total,
        toward, tried, trust, tuesday, twelve, under, until, upon, used, useful, using, usual, value, values, very, video, wait, want,
        wanted, wasn't, watch, ways, we're, wednesday, week, weeks, well, went, were, weren't, what, what's, when, where, whether, which,
        while, white, whole, whose, wide, will, winter, with, within, without, women, won't, word, words, work, worked, world, worth, would,
        wouldn't, write, wrong, year, years, yesterday, you're, your
    """)
)
"""Words that are right as they are, though near to a word of the lexicons."""

PERIOD_WORDS = frozenset(
    phrases("""
        ago, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve, fourteen, thirty, days, april, august, before, between, december, february, first, fortnight, half, january, july, june, last, march, month, november, october,
        past, preceding, previous, quarter, second, september, since, through, today, until, week, yesterday
    """)
)
PLAN_WORDS = frozenset(
    phrases("split, budget, spend, reallocate, redistribute, shift, campaign, campaigns, leads, unchanged, limit, daily")
)
KNOWN = METRIC_WORDS.words | DIMENSION_WORDS.words | CUES.words | COMMON | PERIOD_WORDS | PLAN_WORDS | frozenset(CHANNEL_ALIASES)
